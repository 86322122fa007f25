namespace ThanoSql.Vision.Heads;

/// <summary>
/// The stored form of a head, little-endian: "TSHD", version, K, D (int32 each), K labels (int32 length, UTF-8), weights [K, D], bias [K],
/// thresholds [K] (float32), SHA-256 of all that.
/// </summary>
internal static class HeadFormat
{
    private const int Version = 1;
    private const int MaxLabels = 1_000_000;
    private const int MaxDimensions = 65_536;

    private static ReadOnlySpan<byte> Magic => "TSHD"u8;

    public static byte[] Write(Head head)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(head.Labels.Count);
        writer.Write(head.Dimensions);
        foreach (var label in head.Labels)
        {
            var text = Encoding.UTF8.GetBytes(label);
            writer.Write(text.Length);
            writer.Write(text);
        }
        foreach (var part in (ReadOnlySpan<ReadOnlyMemory<float>>)[head.Weights, head.Bias, head.Thresholds])
            writer.Write(MemoryMarshal.AsBytes(part.Span));
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        return stream.ToArray();
    }

    public static Head Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 16 + SHA256.HashSizeInBytes || !bytes.StartsWith(Magic))
            throw new InvalidDataException("These bytes are not a head.");
        if (Int(bytes, 4) is var version && version != Version)
            throw new InvalidDataException($"The head has format {version}, this program reads format {Version}: update the program.");
        var body = bytes[..^SHA256.HashSizeInBytes];
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
            throw new InvalidDataException("The head is damaged: its checksum does not match.");
        int count = Int(body, 8), dimensions = Int(body, 12);
        if (count is < 2 or > MaxLabels || dimensions is < 1 or > MaxDimensions)
            throw new InvalidDataException($"The head is damaged: {count} labels of {dimensions} dimensions.");
        var rest = body[16..];
        var labels = new string[count];
        for (var k = 0; k < count; k++)
            labels[k] = Label(ref rest);
        if (rest.Length != ((long)count * dimensions * 4) + (count * 8L))
            throw new InvalidDataException("The head is damaged: its length does not match its sizes.");
        return Build(labels, Floats(ref rest, count * dimensions), Floats(ref rest, count), Floats(ref rest, count));
    }

    /// <summary>Refuses heads that could not answer.</summary>
    public static void Validate(IReadOnlyList<string> labels, float[] weights, float[] bias, float[] thresholds)
    {
        if (labels.Count < 2)
            throw new ArgumentException("A head needs at least two labels.", nameof(labels));
        if (labels.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A label is empty.", nameof(labels));
        if (labels.GroupBy(l => l, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"The label '{twice.Key}' comes twice.", nameof(labels));
        if (weights.Length == 0 || weights.Length % labels.Count != 0)
            throw new ArgumentException($"{weights.Length} weights do not divide over {labels.Count} labels.", nameof(weights));
        if (bias.Length != labels.Count || thresholds.Length != labels.Count)
            throw new ArgumentException($"A head of {labels.Count} labels needs as many biases and thresholds.", nameof(bias));
        if (!weights.All(float.IsFinite) || !bias.All(float.IsFinite))
            throw new ArgumentException("A weight or bias is not a finite number.", nameof(weights));
        if (thresholds.Any(t => t is not (>= 0 and <= 1)))
            throw new ArgumentException("A threshold lies outside 0 to 1.", nameof(thresholds));
    }

    private static Head Build(string[] labels, float[] weights, float[] bias, float[] thresholds)
    {
        try
        {
            return new Head(labels, weights, bias, thresholds);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException("The head is damaged: " + error.Message, error);
        }
    }

    private static string Label(ref ReadOnlySpan<byte> rest)
    {
        var length = rest.Length < 4 ? -1 : Int(rest, 0);
        if (length < 0 || length > rest.Length - 4)
            throw new InvalidDataException("The head is damaged: a label runs past its end.");
        var text = Encoding.UTF8.GetString(rest.Slice(4, length));
        rest = rest[(4 + length)..];
        return text;
    }

    private static float[] Floats(ref ReadOnlySpan<byte> rest, int count)
    {
        var values = MemoryMarshal.Cast<byte, float>(rest[..(count * 4)]).ToArray();
        rest = rest[(count * 4)..];
        return values;
    }

    private static int Int(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
}
