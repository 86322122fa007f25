using System.Buffers.Binary;

namespace ThanoSql.Fuzz.Files;

/// <summary>Damages a file as disks, networks and people who mean harm do.</summary>
internal static class ByteMutator
{
    private const int Largest = 1 << 20;

    private static readonly long[] Edges =
        [0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    /// <summary>A file with one to eight changes.</summary>
    /// <param name="file">Is left as it is.</param>
    /// <param name="other">Another of the kind, of which parts may be taken.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Mutate(byte[] file, byte[] other, Random random)
    {
        var bytes = new List<byte>(file);
        for (var changes = 1 << random.Next(4); changes > 0; changes--)
            Change(bytes, other, random);
        return [.. bytes];
    }

    private static void Change(List<byte> bytes, byte[] other, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(bytes.Count - at, 1 << random.Next(10));
        switch (random.Next(9))
        {
            case 0:
                Set(bytes, at, b => (byte)(b ^ (1 << random.Next(8))));
                break;
            case 1:
                Set(bytes, at, _ => (byte)random.Next(256));
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4 when bytes.Count < Largest:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5 when other.Length > 0 && bytes.Count < Largest:
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, 1 << random.Next(10))).ToArray());
                break;
            case 6:
                Number(bytes, at, random);
                break;
            case 7 when length > 0:
                var fill = (byte)(random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => random.Next(256) });
                for (var i = at; i < at + length; i++)
                    bytes[i] = fill;
                break;
            default:
                bytes.InsertRange(at, Enumerable.Range(0, 1 + random.Next(16)).Select(_ => (byte)random.Next(256)).ToArray());
                break;
        }
    }

    private static void Set(List<byte> bytes, int at, Func<byte, byte> change)
    {
        if (at < bytes.Count)
            bytes[at] = change(bytes[at]);
    }

    // Lengths, sizes and offsets are numbers: most of what goes wrong, goes wrong at their edges.
    private static void Number(List<byte> bytes, int at, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        var size = 1 << random.Next(4);
        var value = Edges[random.Next(Edges.Length)] + random.Next(-2, 3);
        if (random.Next(2) == 0)
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
        else
            BinaryPrimitives.WriteInt64BigEndian(number, value << (64 - 8 * size));
        for (var i = 0; i < size && at + i < bytes.Count; i++)
            bytes[at + i] = number[i];
    }
}
