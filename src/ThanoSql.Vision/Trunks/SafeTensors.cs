namespace ThanoSql.Vision.Trunks;

/// <summary>A safetensors file in memory, checked whole on reading. Tensors come out as float32.</summary>
public sealed class SafeTensors
{
    private readonly byte[] _file;
    private readonly int _dataStart;
    private readonly IReadOnlyDictionary<string, SafeTensorEntry> _entries;

    private SafeTensors(byte[] file, string source, int dataStart, IReadOnlyDictionary<string, SafeTensorEntry> entries)
    {
        _file = file;
        _dataStart = dataStart;
        _entries = entries;
        Source = source;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Where the bytes came from, for messages.</summary>
    public string Source { get; }

    /// <summary>SHA-256 of the whole file, 64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    public IEnumerable<string> Names => _entries.Keys;

    /// <exception cref="TrunkException">The file is damaged or not in this format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafeTensors Open(string path) => Parse(File.ReadAllBytes(path), path);

    /// <exception cref="TrunkException">The bytes are damaged or not in this format.</exception>
    public static SafeTensors Parse(byte[] file, string source)
    {
        var (dataStart, entries) = SafeTensorsHeader.Read(file, source);
        return new SafeTensors(file, source, dataStart, entries);
    }

    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <exception cref="TrunkException">There is no such tensor.</exception>
    public IReadOnlyList<int> Shape(string name) => Entry(name).Shape;

    /// <summary>The values, row-major.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The shape it must have; trailing ones are ignored, so that a 1x1 convolution and a linear layer read alike.</param>
    /// <exception cref="TrunkException">There is no such tensor, its shape is another, or a value is not finite.</exception>
    public float[] Read(string name, params ReadOnlySpan<int> shape)
    {
        var entry = Entry(name);
        if (!SameShape(entry.Shape, shape))
        {
            throw new TrunkException(
                $"'{name}' in {Source} has the shape [{string.Join(", ", entry.Shape)}], not [{string.Join(", ", shape.ToArray())}].");
        }

        var values = Convert32(_file.AsSpan(_dataStart + entry.Start, entry.Length), entry.Type);
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                throw new TrunkException($"'{name}' in {Source} holds a value that is not finite. Fetch the file again.");
        }
        return values;
    }

    private SafeTensorEntry Entry(string name) =>
        _entries.TryGetValue(name, out var entry)
            ? entry
            : throw new TrunkException($"{Source} holds no tensor '{name}'; is it a timm ConvNeXt (version 1)?");

    private static bool SameShape(int[] actual, ReadOnlySpan<int> expected)
    {
        for (int i = 0; i < Math.Max(actual.Length, expected.Length); i++)
        {
            if ((i < actual.Length ? actual[i] : 1) != (i < expected.Length ? expected[i] : 1))
                return false;
        }
        return true;
    }

    private static float[] Convert32(ReadOnlySpan<byte> raw, SafeTensorType type)
    {
        if (type == SafeTensorType.F32)
            return MemoryMarshal.Cast<byte, float>(raw).ToArray();
        var values = new float[raw.Length / 2];
        for (int i = 0; i < values.Length; i++)
        {
            var bits = BinaryPrimitives.ReadUInt16LittleEndian(raw[(2 * i)..]);
            values[i] = type == SafeTensorType.F16 ? (float)BitConverter.UInt16BitsToHalf(bits) : BitConverter.UInt32BitsToSingle((uint)bits << 16);
        }
        return values;
    }
}

/// <summary>Collects tensors and writes them as a safetensors file in float16.</summary>
internal sealed class SafeTensorsWriter
{
    private readonly Dictionary<string, object> _header = [];
    private readonly List<byte> _data = [];

    public void Add(string name, ReadOnlySpan<float> values, params int[] shape)
    {
        int start = _data.Count;
        Span<byte> two = stackalloc byte[2];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteHalfLittleEndian(two, (Half)value);
            _data.AddRange(two);
        }
        _header.Add(name, new { dtype = "F16", shape, data_offsets = new[] { start, _data.Count } });
    }

    public byte[] ToBytes(IReadOnlyDictionary<string, string> metadata)
    {
        _header["__metadata__"] = metadata;
        var text = JsonSerializer.SerializeToUtf8Bytes(_header);
        int padding = (8 - text.Length % 8) % 8;
        var file = new byte[8 + text.Length + padding + _data.Count];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length + padding);
        text.CopyTo(file, 8);
        file.AsSpan(8 + text.Length, padding).Fill((byte)' ');
        _data.CopyTo(file, 8 + text.Length + padding);
        return file;
    }
}
