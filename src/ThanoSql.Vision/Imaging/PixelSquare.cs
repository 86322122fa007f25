namespace ThanoSql.Vision.Imaging;

/// <summary>A square of a decoded picture, in libvips' own memory: arrays of this size would fill the large object heap.</summary>
internal sealed unsafe class PixelSquare : IDisposable
{
    private readonly nint _pixels;
    private readonly int _first;

    /// <param name="strip">As wide as the square, 8 bits a band; its pixels are computed here.</param>
    /// <param name="top">First row of the square in it.</param>
    /// <param name="size">Of the square, in pixels.</param>
    /// <param name="mirror">Whether a reader is to turn each row round.</param>
    /// <exception cref="VipsException">The picture is damaged.</exception>
    public PixelSquare(Image strip, int top, int size, bool mirror)
    {
        (Size, Bands, Mirror) = (size, strip.Bands, mirror);
        _first = top;
        _pixels = strip.WriteToMemory(out _);
    }

    public int Size { get; }

    /// <summary>1 (grey) or 3.</summary>
    public int Bands { get; }

    public bool Mirror { get; }

    /// <summary>The band that holds a colour channel.</summary>
    public int Band(int channel) => Bands == 1 ? 0 : channel;

    /// <returns>[size, bands]; not to be used after disposal.</returns>
    public ReadOnlySpan<byte> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Size, nameof(row));
        return new((byte*)_pixels + ((_first + row) * Size * Bands), Size * Bands);
    }

    public void Dispose() => NetVips.NetVips.Free(_pixels);
}
