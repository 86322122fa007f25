/* The parts of a ConvNeXt block that torch 1.13 runs slowly on a CPU: 7x7 depthwise convolution, layer norm, GELU; forward and backward.
 * Activations are NHWC; float32, or `half`: bfloat16 (bits in uint16_t) where the machine multiplies it (-DBF16), else float32 too.
 * c is a multiple of 8. One thread. Built by kernels.py with gcc. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef float v8 __attribute__((vector_size(32), aligned(4)));

#ifdef BF16
typedef uint16_t half;
static inline float widen(half b) { union { uint32_t u; float f; } x = {(uint32_t)b << 16}; return x.f; }
static inline half narrow(float f) { union { float f; uint32_t u; } x = {f}; return (half)((x.u + 0x7fff + ((x.u >> 16) & 1)) >> 16); }
#else
typedef float half;
static inline float widen(half b) { return b; }
static inline half narrow(float f) { return f; }
#endif

#ifdef __AVX512F__
enum { WIDE = 16 }; /* channels a vector */
#else
enum { WIDE = 8 };
#endif

/* normal density p and distribution d at x; Abramowitz and Stegun 7.1.26, absolute error below 2e-7 */
static inline void normal(float x, float *p, float *d) {
    float e = expf(-0.5f * x * x), t = 1.0f / (1.0f + 0.3275911f * 0.70710678f * fabsf(x));
    float tail = 0.5f * e * t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    *p = 0.39894228f * e;
    *d = x < 0 ? tail : 1.0f - tail;
}

void gelu(const half *h, half *a, long n) {
    for (long i = 0; i < n; i++) { float x = widen(h[i]), p, d; normal(x, &p, &d); a[i] = narrow(x * d); }
}

/* g [rows, c]: gradient of a = gelu(h), replaced by the gradient of h; bias [c] += its column sums */
void gelu_grad(const half *h, half *g, float *bias, long rows, int c) {
    for (long r = 0; r < rows; r++)
        for (int i = 0; i < c; i++) {
            float x = widen(h[r * c + i]), p, d;
            normal(x, &p, &d);
            float v = widen(g[r * c + i]) * (d + x * p);
            bias[i] += v;
            g[r * c + i] = narrow(v);
        }
}

/* x [rows, c] -> y = (x - mean) / sqrt(var + eps) * w + b; stat [rows, 2] = mean, 1 / deviation */
void norm(const float *x, const float *w, const float *b, float eps, half *y, float *stat, long rows, int c) {
    for (long r = 0; r < rows; r++, x += c, y += c) {
        float s = 0, q = 0;
        for (int i = 0; i < c; i++) s += x[i];
        s /= c;
        for (int i = 0; i < c; i++) q += (x[i] - s) * (x[i] - s);
        q = 1.0f / sqrtf(q / c + eps);
        for (int i = 0; i < c; i++) y[i] = narrow((x[i] - s) * q * w[i] + b[i]);
        stat[2 * r] = s; stat[2 * r + 1] = q;
    }
}

/* g: gradient of y -> dx; dw and db [c] are added to */
void norm_grad(const float *x, const float *w, const float *stat, const half *g, float *dx, float *dw, float *db, long rows, int c) {
    for (long r = 0; r < rows; r++, x += c, g += c, dx += c) {
        float m = stat[2 * r], k = stat[2 * r + 1], s = 0, q = 0;
        for (int i = 0; i < c; i++) {
            float v = widen(g[i]), h = (x[i] - m) * k;
            dw[i] += v * h; db[i] += v;
            s += v * w[i]; q += v * w[i] * h;
        }
        s /= c; q /= c;
        for (int i = 0; i < c; i++) dx[i] = k * (widen(g[i]) * w[i] - s - (x[i] - m) * k * q);
    }
}

/* y = x + r */
void residual(const float *x, const half *r, float *y, long n) { for (long i = 0; i < n; i++) y[i] = x[i] + widen(r[i]); }

/* g float32 [rows, c] -> half, and its column sums added to bias [c] */
void shrink(const float *g, half *out, float *bias, long rows, int c) {
    for (long r = 0; r < rows; r++)
        for (int i = 0; i < c; i++) { bias[i] += g[r * c + i]; out[r * c + i] = narrow(g[r * c + i]); }
}

static float *padded(const float *x, float *p, int h, int w, int c) { /* zeroes must be there already; copies the inside */
    for (int y = 0; y < h; y++) memcpy(p + ((size_t)(y + 3) * (w + 6) + 3) * c, x + (size_t)y * w * c, sizeof(float) * w * c);
    return p;
}

#define CONV(V, N) /* N outputs beside each other */ \
static inline void conv_##V##_##N(const float *in, const float *k, const float *add, float *out, int row, int c) { \
    V acc[N]; for (int i = 0; i < N; i++) acc[i] = *(const V *)add; \
    for (int a = 0; a < 7; a++) for (int b = 0; b < 7; b++) { V f = *(const V *)(k + (a * 7 + b) * c); \
        for (int i = 0; i < N; i++) acc[i] += f * *(const V *)(in + a * row + (b + i) * c); } \
    for (int i = 0; i < N; i++) *(V *)(out + i * c) = acc[i]; }
CONV(v16, 8) CONV(v16, 4) CONV(v16, 1) CONV(v8, 8) CONV(v8, 4) CONV(v8, 1)

/* x [n, h, w, c], k [49, c], bias [c] -> y [n, h, w, c]; with the kernel turned over: the input's gradient */
void depthwise(const float *x, const float *k, const float *bias, float *y, int n, int h, int w, int c) {
    int row = (w + 6) * c;
    float *p = calloc((size_t)(h + 6) * row, sizeof(float));
    for (int m = 0; m < n; m++, x += (size_t)h * w * c, y += (size_t)h * w * c) {
        padded(x, p, h, w, c);
        for (int j = 0; j < c; j += c - j >= WIDE ? WIDE : 8)
            for (int r = 0; r < h; r++)
                for (int s = 0; s < w;) {
                    const float *in = p + (size_t)r * row + s * c + j;
                    float *out = y + ((size_t)r * w + s) * c + j;
                    int step = w - s >= 8 ? 8 : w - s >= 4 ? 4 : 1, wide = WIDE == 16 && c - j >= 16;
                    if (step == 8) (wide ? conv_v16_8 : conv_v8_8)(in, k + j, bias + j, out, row, c);
                    else if (step == 4) (wide ? conv_v16_4 : conv_v8_4)(in, k + j, bias + j, out, row, c);
                    else (wide ? conv_v16_1 : conv_v8_1)(in, k + j, bias + j, out, row, c);
                    s += step;
                }
    }
    free(p);
}

#define GRAD(V) \
static inline void grad_##V(const float *p, const float *g, float *dk, int h, int w, int c) { \
    for (int a = 0; a < 7; a++) { V acc[7] = {0}; \
        for (int r = 0; r < h; r++) for (int s = 0; s < w; s++) { V d = *(const V *)(g + ((size_t)r * w + s) * c); \
            const float *in = p + ((size_t)(r + a) * (w + 6) + s) * c; \
            for (int b = 0; b < 7; b++) acc[b] += d * *(const V *)(in + b * c); } \
        for (int b = 0; b < 7; b++) *(V *)(dk + (a * 7 + b) * c) += acc[b]; } }
GRAD(v16) GRAD(v8)

/* dk [49, c] += the kernel's gradient for input x and output gradient g */
void depthwise_grad(const float *x, const float *g, float *dk, int n, int h, int w, int c) {
    float *p = calloc((size_t)(h + 6) * (w + 6) * c, sizeof(float));
    for (int m = 0; m < n; m++, x += (size_t)h * w * c, g += (size_t)h * w * c) {
        padded(x, p, h, w, c);
        for (int j = 0; j < c; j += c - j >= WIDE ? WIDE : 8)
            (WIDE == 16 && c - j >= 16 ? grad_v16 : grad_v8)(p + j, g + j, dk + j, h, w, c);
    }
    free(p);
}

/* One AdamW step on flat arrays: wd [n] is the decay factor by parameter; e follows p as a moving average */
void adamw(float *p, const float *grad, float *m, float *v, float *e, const float *wd, long n,
           float scale, float rate, float correct1, float correct2, float keep) {
    for (long i = 0; i < n; i++) {
        float g = grad[i] * scale;
        m[i] = 0.9f * m[i] + 0.1f * g;
        v[i] = 0.99f * v[i] + 0.01f * g * g;
        p[i] -= rate * (wd[i] * p[i] + m[i] * correct1 / (sqrtf(v[i] * correct2) + 1e-8f));
        e[i] = keep * e[i] + (1 - keep) * p[i];
    }
}
