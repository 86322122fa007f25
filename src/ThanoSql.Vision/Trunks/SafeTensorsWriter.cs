using System.Buffers.Binary;
using System.Text.Json;

namespace ThanoSql.Vision.Trunks;

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
