using System.Runtime.InteropServices;
using NetVips;

namespace ThanoSql.Tests.Browser.Pictures;

/// <summary>A square of pixels on which shaded forms are laid, one over the other. Lengths are parts of its side.</summary>
internal sealed class Canvas
{
    private readonly float[] _pixels;

    public Canvas(int side, Hsl from, Hsl to)
    {
        (Side, _pixels) = (side, new float[3 * side * side]);
        var (light, dark) = (from.ToRgb(), to.ToRgb());
        for (var at = 0; at < side * side; at++)
            Blend(at, Mixed(light, dark, (at % side + at / side) / (2f * side)), 1);
    }

    public int Side { get; }

    /// <summary>Lays a form: round by its light, which comes from the upper left.</summary>
    /// <param name="x">Of its middle.</param>
    /// <param name="y">Of its middle.</param>
    /// <param name="size">What one of the form's own units is long.</param>
    /// <param name="distance">From a point to its edge in its own units, negative inside.</param>
    /// <param name="colour">In half light.</param>
    public void Form(float x, float y, float size, Func<float, float, float> distance, Hsl colour)
    {
        var lit = (colour with { Saturation = colour.Saturation + 10, Lightness = colour.Lightness + 22 }).ToRgb();
        var half = colour.ToRgb();
        var shade = (colour with { Hue = colour.Hue - 8, Lightness = colour.Lightness - 19 }).ToRgb();
        Each(x, y, 2 * size, (at, u, v) =>
        {
            var (inX, inY) = (u / size, v / size);
            var cover = Math.Clamp(0.5f - distance(inX, inY) * size * Side, 0, 1);
            if (cover == 0)
                return;
            var depth = MathF.Sqrt((inX + 0.3f) * (inX + 0.3f) + (inY + 0.4f) * (inY + 0.4f)) / 1.6f;
            Blend(at, depth < 0.5f ? Mixed(lit, half, 2 * depth) : Mixed(half, shade, MathF.Min(1, 2 * depth - 1)), cover);
        });
    }

    /// <summary>A soft shadow on the ground below a form.</summary>
    public void Shadow(float x, float y, float width, float height, Hsl colour)
    {
        var rgb = colour.ToRgb();
        Each(x, y, 1.3f * width, (at, u, v) =>
        {
            var far = MathF.Sqrt(u / width * (u / width) + v / height * (v / height));
            Blend(at, rgb, 0.3f * Math.Clamp((1.25f - far) / 0.5f, 0, 1));
        });
    }

    public byte[] ToJpeg()
    {
        var bytes = Array.ConvertAll(_pixels, value => (byte)Math.Clamp(MathF.Round(255 * value), 0, 255));
        var memory = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        try
        {
            using var image = Image.NewFromMemory(memory.AddrOfPinnedObject(), (ulong)bytes.Length, Side, Side, 3, Enums.BandFormat.Uchar);
            return image.JpegsaveBuffer(q: 88);
        }
        finally
        {
            memory.Free();
        }
    }

    private void Each(float x, float y, float reach, Action<int, float, float> pixel)
    {
        for (var row = Math.Max(0, (int)((y - reach) * Side)); row < Math.Min(Side, (y + reach) * Side); row++)
        {
            for (var column = Math.Max(0, (int)((x - reach) * Side)); column < Math.Min(Side, (x + reach) * Side); column++)
                pixel(row * Side + column, (column + 0.5f) / Side - x, (row + 0.5f) / Side - y);
        }
    }

    private void Blend(int at, (float Red, float Green, float Blue) colour, float cover)
    {
        var pixel = _pixels.AsSpan(3 * at, 3);
        pixel[0] += cover * (colour.Red - pixel[0]);
        pixel[1] += cover * (colour.Green - pixel[1]);
        pixel[2] += cover * (colour.Blue - pixel[2]);
    }

    private static (float Red, float Green, float Blue) Mixed(
        (float Red, float Green, float Blue) a, (float Red, float Green, float Blue) b, float part) =>
        (a.Red + part * (b.Red - a.Red), a.Green + part * (b.Green - a.Green), a.Blue + part * (b.Blue - a.Blue));
}
