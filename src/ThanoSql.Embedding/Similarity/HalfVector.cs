using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ThanoSql.Embedding.Similarity;

/// <summary>Embeddings as they are kept, float16 little-endian, to numbers.</summary>
public static class HalfVector
{
    public static float[] ToFloats(ReadOnlySpan<byte> stored) => ToFloats(MemoryMarshal.Cast<byte, Half>(stored));

    public static float[] ToFloats(ReadOnlySpan<Half> halves)
    {
        var floats = new float[halves.Length];
        TensorPrimitives.ConvertToSingle(halves, floats);
        return floats;
    }
}
