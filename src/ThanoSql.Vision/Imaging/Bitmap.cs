namespace ThanoSql.Vision.Imaging;

/// <summary>
/// Windows bitmaps of 8, 24 or 32 bits a pixel without compression, which libvips does not read: the same pixels as a TIFF, which it does. Sources:
/// Microsoft's BITMAPINFOHEADER and its successors.
/// </summary>
internal static class Bitmap
{
    private const int FileHeader = 14, InfoHeader = 40, MasksBehindIt = 12;

    /// <exception cref="ImageRejectedException">It is no such bitmap, is cut, or asks for more pixels than the limit.</exception>
    public static byte[] ToTiff(ReadOnlySpan<byte> bitmap, long pixelLimit)
    {
        var header = Header.Read(bitmap, pixelLimit);
        var head = PlainTiff.Head(header.Width, header.Height, profile: []);
        var tiff = new byte[head.Length + 3 * header.Width * header.Height];
        head.CopyTo(tiff, 0);
        for (var row = 0; row < header.Height; row++)
        {
            var line = header.Row(bitmap, row);
            header.ToRgb(bitmap, line, tiff.AsSpan(head.Length + 3 * row * header.Width, 3 * header.Width));
        }
        return tiff;
    }

    private readonly record struct Header(int Width, int Height, bool TopDown, int Bits, int PaletteAt, int Colours, int PixelsAt)
    {
        private int Stride => (Width * Bits + 31) / 32 * 4;

        public static Header Read(ReadOnlySpan<byte> bitmap, long pixelLimit)
        {
            if (bitmap.Length < FileHeader + InfoHeader)
                throw ImageGate.Truncated(ImageFormat.Bmp);
            var info = bitmap[FileHeader..];
            var size = BinaryPrimitives.ReadInt32LittleEndian(info);
            int width = BinaryPrimitives.ReadInt32LittleEndian(info[4..]), height = BinaryPrimitives.ReadInt32LittleEndian(info[8..]);
            int bits = BinaryPrimitives.ReadInt16LittleEndian(info[14..]), compression = BinaryPrimitives.ReadInt32LittleEndian(info[16..]);
            if (size is < InfoHeader or > 1024 || width <= 0 || height is 0 or int.MinValue || !IsPlain(info, bits, compression))
                throw Refused($"{bits} bits a pixel, compression {compression}");
            ImageGate.CheckPixels(width, Math.Abs(height), pixelLimit);
            var used = BinaryPrimitives.ReadInt32LittleEndian(info[32..]);
            var header = new Header(
                width, Math.Abs(height), height < 0, bits, FileHeader + size, bits > 8 ? 0 : used is > 0 and <= 256 ? used : 256,
                BinaryPrimitives.ReadInt32LittleEndian(bitmap[10..]));
            if (header.PixelsAt < header.PaletteAt || header.PaletteAt + 4L * header.Colours > bitmap.Length
                || header.PixelsAt + (long)header.Stride * header.Height > bitmap.Length)
            {
                throw ImageGate.Truncated(ImageFormat.Bmp);
            }
            return header;
        }

        public ReadOnlySpan<byte> Row(ReadOnlySpan<byte> bitmap, int row) =>
            bitmap.Slice(PixelsAt + (TopDown ? row : Height - 1 - row) * Stride, Stride);

        public void ToRgb(ReadOnlySpan<byte> bitmap, ReadOnlySpan<byte> line, Span<byte> rgb)
        {
            for (var x = 0; x < Width; x++)
            {
                // Blue, green, red: in the row itself, or in the palette
                var from = Bits == 8 ? bitmap[(PaletteAt + 4 * Math.Min(line[x], Colours - 1))..] : line[(x * Bits / 8)..];
                (rgb[3 * x], rgb[3 * x + 1], rgb[3 * x + 2]) = (from[2], from[1], from[0]);
            }
        }

        // Masks other than 8 bits each of red, green and blue are not read
        private static bool IsPlain(ReadOnlySpan<byte> info, int bits, int compression) => compression switch
        {
            0 => bits is 8 or 24 or 32,
            3 => bits == 32 && info.Length >= InfoHeader + MasksBehindIt
                && BinaryPrimitives.ReadUInt32LittleEndian(info[InfoHeader..]) == 0x00FF0000
                && BinaryPrimitives.ReadUInt32LittleEndian(info[(InfoHeader + 4)..]) == 0x0000FF00
                && BinaryPrimitives.ReadUInt32LittleEndian(info[(InfoHeader + 8)..]) == 0x000000FF,
            _ => false,
        };

        private static ImageRejectedException Refused(string what) => new(
            ImageRejection.UnsupportedFormat, $"The file is a BMP of a kind that is not read ({what}). Convert it to PNG.");
    }
}
