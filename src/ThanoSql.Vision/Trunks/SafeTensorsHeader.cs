namespace ThanoSql.Vision.Trunks;

/// <summary>
/// The header: 8 bytes little-endian length, then JSON of name → dtype, shape, data_offsets. The tensors must tile the rest of the file
/// exactly, as the format's specification (huggingface/safetensors) asks: no hole, no overlap, nothing after.
/// </summary>
internal static class SafeTensorsHeader
{
    private const int LongestHeader = 100_000_000;

    public static (int DataStart, Dictionary<string, SafeTensorEntry> Entries) Read(byte[] file, string source)
    {
        if (file.Length < 8)
            throw Damaged(source, "it is shorter than a header");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (length > LongestHeader || length > (ulong)(file.Length - 8))
            throw Damaged(source, "its header is cut off");
        try
        {
            using var header = JsonDocument.Parse(file.AsMemory(8, (int)length), new JsonDocumentOptions { AllowDuplicateProperties = false });
            var entries = new Dictionary<string, SafeTensorEntry>(StringComparer.Ordinal);
            foreach (var property in header.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__")
                    entries.Add(property.Name, ReadEntry(property.Name, property.Value, source));
            }
            CheckTiling(entries, file.Length - 8 - (int)length, source);
            return (8 + (int)length, entries);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new TrunkException($"{source} is no safetensors file: its header does not parse ({e.Message}). Fetch the file again.", e);
        }
    }

    private static SafeTensorEntry ReadEntry(string name, JsonElement entry, string source)
    {
        var type = entry.GetProperty("dtype").GetString() switch
        {
            "F32" => SafeTensorType.F32,
            "F16" => SafeTensorType.F16,
            "BF16" => SafeTensorType.BF16,
            var other => throw new TrunkException($"'{name}' in {source} is of type {other}; F32, F16 and BF16 are read."),
        };
        var shape = entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()).ToArray();
        var offsets = entry.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
            throw Damaged(source, $"'{name}' has {offsets.GetArrayLength()} offsets and not 2");
        int start = offsets[0].GetInt32(), end = offsets[1].GetInt32();
        long size = type == SafeTensorType.F32 ? 4 : 2;
        foreach (var dimension in shape)
            size = checked(size * dimension);
        if (start < 0 || shape.Any(d => d < 0) || end - (long)start != size)
            throw Damaged(source, $"'{name}' has offsets that do not fit its shape");
        return new SafeTensorEntry(type, shape, start, (int)size);
    }

    private static void CheckTiling(Dictionary<string, SafeTensorEntry> entries, int dataLength, string source)
    {
        int at = 0;
        foreach (var (name, entry) in entries.OrderBy(e => e.Value.Start).ThenBy(e => e.Value.Length))
        {
            if (entry.Start != at)
                throw Damaged(source, $"'{name}' overlaps another tensor or leaves a hole");
            at += entry.Length;
        }
        if (at != dataLength)
            throw Damaged(source, $"its tensors need {at} bytes and it holds {dataLength}");
    }

    private static TrunkException Damaged(string source, string what) =>
        new($"{source} is no whole safetensors file: {what}. Fetch the file again.");
}

/// <summary>Number formats that are read.</summary>
internal enum SafeTensorType
{
    F32,
    F16,
    BF16,
}

/// <summary>One tensor's place: bytes [Start, Start + Length) of the data that follows the header.</summary>
internal sealed record SafeTensorEntry(SafeTensorType Type, int[] Shape, int Start, int Length);
