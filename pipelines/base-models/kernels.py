"""A ConvNeXt block as one autograd function over kernels.c; matrix products in bfloat16 by oneDNN where the processor has
instructions for it (a twentieth of float32's speed where it has not), else in float32.

The maths is that of convnext.Block (checked by `python3 kernels.py`); master weights, residual stream and
gradients stay float32. About three times as fast as the plain modules on a core with AVX512-BF16.
"""
import ctypes
import hashlib
import os
import subprocess
import tempfile

import torch

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kernels.c")
with open("/proc/cpuinfo") as f:
    HALF = torch.bfloat16 if "avx512_bf16" in f.read().split() else torch.float32


def build():
    """Compiles kernels.c for this machine (once per content) and loads it."""
    command = ["gcc", "-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-shared", "-fPIC", SOURCE, "-lmvec", "-lm"]
    command += ["-DBF16"] if HALF is torch.bfloat16 else []
    with open(SOURCE, "rb") as f:
        name = os.path.join(tempfile.gettempdir(), f"base-models-{os.getuid()}-{hashlib.sha256(f.read() + str(command).encode()).hexdigest()[:16]}.so")
    if not os.path.exists(name):
        part = f"{name}.{os.getpid()}"
        subprocess.run([*command, "-o", part], check=True)
        os.replace(part, name)
    return ctypes.CDLL(name)


C = build()


def call(name, *args):
    """Calls a C function: tensors as pointers, ints as long, floats as float."""
    kinds = {int: ctypes.c_long, float: ctypes.c_float}
    getattr(C, name)(*[ctypes.c_void_p(a.data_ptr()) if isinstance(a, torch.Tensor) else kinds[type(a)](a) for a in args])


class Norm(torch.autograd.Function):
    """Layer norm over the last dimension: float32 [..., c] -> HALF [..., c]."""

    @staticmethod
    def forward(ctx, x, w, b, eps):
        x = x.contiguous()
        y, stat = torch.empty(x.shape, dtype=HALF), torch.empty(x.numel() // x.shape[-1], 2)
        call("norm", x, w, b, eps, y, stat, len(stat), x.shape[-1])
        ctx.save_for_backward(x, w, stat)
        return y

    @staticmethod
    def backward(ctx, g):
        x, w, stat = ctx.saved_tensors
        dx, dw, db = torch.empty_like(x), torch.zeros_like(w), torch.zeros_like(w)
        call("norm_grad", x, w, stat, g.contiguous(), dx, dw, db, len(stat), x.shape[-1])
        return dx, dw, db, None


class Block(torch.autograd.Function):
    """x [n, h, w, c] float32 -> x + gamma * fc2(gelu(fc1(norm(depthwise(x))))); gamma is folded into fc2."""

    @staticmethod
    def forward(ctx, x, k, kb, nw, nb, w1, b1, w2, b2, gamma, eps):
        x = x.contiguous()
        n, h, w, c = x.shape
        k49 = k.reshape(c, 49).t().contiguous()
        z = torch.empty_like(x)
        call("depthwise", x, k49, kb, z, n, h, w, c)
        rows = n * h * w
        u, stat = torch.empty(rows, c, dtype=HALF), torch.empty(rows, 2)
        call("norm", z, nw, nb, eps, u, stat, rows, c)
        w1h, w2h = w1.to(HALF), (w2 * gamma[:, None]).to(HALF)
        p = torch.nn.functional.linear(u, w1h, b1.to(HALF))
        a = torch.empty_like(p)
        call("gelu", p, a, a.numel())
        r = torch.nn.functional.linear(a, w2h, (b2 * gamma).to(HALF))
        y = torch.empty_like(x)
        call("residual", x, r, y, y.numel())
        ctx.save_for_backward(x, k49, z, stat, u, p, a, w1h, w2h, nw, w2, b2, gamma)
        return y

    @staticmethod
    def backward(ctx, g):
        x, k49, z, stat, u, p, a, w1h, w2h, nw, w2, b2, gamma = ctx.saved_tensors
        n, h, w, c = x.shape
        rows, g = n * h * w, g.contiguous()
        gh, d2 = torch.empty(rows, c, dtype=HALF), torch.zeros(c)
        call("shrink", g, gh, d2, rows, c)
        dw2 = (gh.t() @ a).float()
        dp, db1 = gh @ w2h, torch.zeros(4 * c)
        call("gelu_grad", p, dp, db1, rows, 4 * c)
        dw1 = (dp.t() @ u).float()
        du = dp @ w1h
        dz, dnw, dnb = torch.empty_like(z), torch.zeros(c), torch.zeros(c)
        call("norm_grad", z, nw, stat, du, dz, dnw, dnb, rows, c)
        dx, dk = torch.empty_like(x), torch.zeros(49, c)
        call("depthwise", dz, k49.flip(0), torch.zeros(c), dx, n, h, w, c)
        call("depthwise_grad", x, dz, dk, n, h, w, c)
        dgamma = (dw2 * w2).sum(1) + d2 * b2
        return dx.add_(g), dk.t().reshape(c, 1, 7, 7), dz.sum((0, 1, 2)), dnw, dnb, dw1, db1, dw2 * gamma[:, None], d2 * gamma, dgamma, None


def block(x, m, eps=1e-6):
    """Runs a convnext.Block `m` on x [n, h, w, c]."""
    return Block.apply(x, m.conv_dw.weight, m.conv_dw.bias, m.norm.weight, m.norm.bias, m.mlp.fc1.weight, m.mlp.fc1.bias, m.mlp.fc2.weight, m.mlp.fc2.bias, m.gamma, eps)


if __name__ == "__main__":
    from convnext import Block as Plain

    torch.manual_seed(1)
    for c, side in ((40, 16), (80, 12), (160, 5), (320, 2)):
        m, x = Plain(c), torch.randn(6, side, side, c, requires_grad=True)
        for q in m.parameters():
            torch.nn.init.normal_(q, std=0.3)
        go = torch.randn(6, side, side, c)
        want = torch.autograd.grad(m(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1), [x, *m.parameters()], go)
        got = torch.autograd.grad(block(x, m), [x, *m.parameters()], go)
        print(c, side, [f"{((a - b).norm() / a.norm()).item():.4f}" for a, b in zip(want, got)])
