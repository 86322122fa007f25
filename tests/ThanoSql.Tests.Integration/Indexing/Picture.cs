using System.Buffers.Binary;
using System.IO.Compression;

namespace ThanoSql.Tests.Integration.Indexing;

/// <summary>Small PNG files made on the spot.</summary>
internal static class Picture
{
    private const int Side = 48;

    /// <summary>The same picture for the same number, another for another.</summary>
    public static byte[] Of(int number)
    {
        var random = new Random(number);
        var (red, green, blue) = ((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
        var rows = new byte[Side * (1 + (3 * Side))];
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var at = (y * (1 + (3 * Side))) + 1 + (3 * x);
                var stripe = (x + y) % (2 + (number % 7)) == 0 ? 90 : 0;
                (rows[at], rows[at + 1], rows[at + 2]) = ((byte)(red ^ stripe), (byte)(green ^ stripe), (byte)(blue ^ stripe));
            }
        }
        return File(rows);
    }

    private static byte[] File(byte[] rows)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Side);
        (header[8], header[9]) = (8, 2);
        Chunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
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
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) == 1 ? 0xEDB88320 : 0);
        }
        return ~crc;
    }
}
