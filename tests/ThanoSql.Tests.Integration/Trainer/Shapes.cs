using System.IO.Compression;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>Small pictures of one colour with a little noise, as PNG files made from nothing; no two are alike.</summary>
internal static class Shapes
{
    public const int Side = 48;

    public static byte[] Png(byte red, byte green, byte blue, int seed)
    {
        var random = new Random(seed);
        using var rows = new MemoryStream();
        using (var zip = new ZLibStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < Side; y++)
            {
                zip.WriteByte(0);
                for (var x = 0; x < Side; x++)
                {
                    foreach (var channel in new[] { red, green, blue })
                        zip.WriteByte((byte)Math.Clamp(channel + random.Next(-20, 21), 0, 255));
                }
            }
        }
        return
        [
            0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10,
            .. Chunk("IHDR", [0, 0, 0, Side, 0, 0, 0, Side, 8, 2, 0, 0, 0]), .. Chunk("IDAT", rows.ToArray()), .. Chunk("IEND", []),
        ];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        return [.. BigEndian((uint)data.Length), .. body, .. BigEndian(Crc32(body))];
    }

    private static byte[] BigEndian(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }
}
