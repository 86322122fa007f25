using System.Buffers.Binary;
using System.Text.Json;

namespace ThanoSql.Vision.Trunks;

/// <summary>Collects tensors and writes them as a safetensors file in float16.</summary>
internal sealed class SafeTensorsWriter
{
    private readonly Dictionary<string, object> header = [];
    private readonly List<byte> data = [];

    public void Add(string name, ReadOnlySpan<float> values, params int[] shape)
    {
        int start = data.Count;
        Span<byte> two = stackalloc byte[2];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteHalfLittleEndian(two, (Half)value);
            data.AddRange(two);
        }
        header.Add(name, new { dtype = "F16", shape, data_offsets = new[] { start, data.Count } });
    }

    public byte[] ToBytes(IReadOnlyDictionary<string, string> metadata)
    {
        header["__metadata__"] = metadata;
        var text = JsonSerializer.SerializeToUtf8Bytes(header);
        int padding = (8 - text.Length % 8) % 8;
        var file = new byte[8 + text.Length + padding + data.Count];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length + padding);
        text.CopyTo(file, 8);
        file.AsSpan(8 + text.Length, padding).Fill((byte)' ');
        data.CopyTo(file, 8 + text.Length + padding);
        return file;
    }
}
