using System.Buffers.Binary;
using System.IO.Compression;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Fixtures;

/// <summary>Small pictures made from nothing: PNG by hand, the other formats from it.</summary>
public static class TestPictures
{
    public const byte Gray = 0, Rgb = 2, GrayAlpha = 4, Rgba = 6;

    /// <summary>A PNG whose sample at (x, y, channel) is what <paramref name="sample"/> says, 8 or 16 bits.</summary>
    public static byte[] Png(int width, int height, Func<int, int, int, int> sample, byte colorType = Rgb, byte depth = 8)
    {
        ArgumentNullException.ThrowIfNull(sample);
        int channels = colorType switch { Gray => 1, GrayAlpha => 2, Rgb => 3, _ => 4 };
        using var rows = new MemoryStream();
        using (var zip = new ZLibStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zip.WriteByte(0);
                for (int i = 0; i < width * channels; i++)
                {
                    int value = sample(i / channels, y, i % channels);
                    if (depth == 16)
                        zip.WriteByte((byte)(value >> 8));
                    zip.WriteByte((byte)value);
                }
            }
        }
        return [.. Header(width, height, colorType, depth), .. Chunk("IDAT", rows.ToArray()), .. Chunk("IEND", [])];
    }

    /// <summary>A few bytes whose header asks for many pixels.</summary>
    public static byte[] Bomb(int width, int height) =>
        [.. Header(width, height, Rgb, 8), .. Chunk("IDAT", [0x78, 0x9C, 3, 0, 0, 0, 0, 1]), .. Chunk("IEND", [])];

    /// <summary>Smooth, so that JPEG keeps it: red grows to the right, green downwards.</summary>
    public static byte[] GradientPng(int width = 96, int height = 64) =>
        Png(width, height, (x, y, c) => c switch { 0 => 255 * x / (width - 1), 1 => 255 * y / (height - 1), _ => 64 });

    public static byte[] GradientJpeg(int width = 96, int height = 64) => Thumbnailer.Make(GradientPng(width, height), Math.Max(16, width));

    /// <summary>Noise compresses badly: a file that is long enough to be cut.</summary>
    public static byte[] NoisePng(int width = 96, int height = 64, int seed = 1)
    {
        var random = new Random(seed);
        return Png(width, height, (_, _, _) => random.Next(256));
    }

    public static byte[] NoiseJpeg(int width = 96, int height = 64, int seed = 1) => Thumbnailer.Make(NoisePng(width, height, seed), width);

    /// <summary>The same JPEG with an EXIF block that holds nothing but an orientation (1 to 8).</summary>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        ArgumentNullException.ThrowIfNull(jpeg);
        byte[] tiff = [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
        byte[] block = [.. "Exif\0\0"u8, .. tiff];
        int length = block.Length + 2;
        return [.. jpeg[..2], 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. block, .. jpeg[2..]];
    }

    private static byte[] Header(int width, int height, byte colorType, byte depth)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[9] = colorType;
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR", header)];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        var body = System.Text.Encoding.ASCII.GetBytes(type).Concat(data).ToArray();
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        body.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32(body));
        return chunk;
    }

    private static uint Crc32(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }
}
