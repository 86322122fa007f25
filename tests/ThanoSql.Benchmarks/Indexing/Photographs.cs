using System.Buffers.Binary;
using System.IO.Compression;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>JPEG files of 640 x 480 with smooth colours and some noise: about what a photograph costs to decode.</summary>
internal static class Photographs
{
    private const int Width = 640;
    private const int Height = 480;

    /// <summary>The same file for the same number.</summary>
    public static byte[] Make(int number)
    {
        var random = new Random(number);
        var (fx, fy, phase) = (random.NextDouble() * 0.03, random.NextDouble() * 0.03, random.NextDouble() * 6);
        var rows = new byte[Height * (1 + (3 * Width))];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var value = 128 + (90 * Math.Sin((x * fx) + (y * fy) + phase + (2 * c))) + random.Next(-12, 13);
                    rows[(y * (1 + (3 * Width))) + 1 + (3 * x) + c] = (byte)Math.Clamp(value, 0, 255);
                }
            }
        }
        return Thumbnailer.Make(Png(rows), Width);
    }

    private static byte[] Png(byte[] rows)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9]) = (8, 2);
        Chunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(rows);
        Chunk(file, "IDAT"u8, packed.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc([.. type, .. data]));
        file.Write(number);
    }

    private static uint Crc(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) == 1 ? 0xEDB88320 : 0);
        }
        return ~crc;
    }
}
