namespace ThanoSql.Vision.Imaging;

/// <summary>
/// A small generator whose sequence is fixed by definition; <see cref="Random"/>'s may change between versions of .NET.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
/// </summary>
internal struct SplitMix64
{
    private ulong _state;

    public SplitMix64(ulong seed) => _state = seed;

    public SplitMix64(ReadOnlySpan<byte> seed, int stream)
    {
        foreach (var b in seed)
            _state = (_state ^ b) * 0x100000001B3UL + 0x9E3779B97F4A7C15UL;
        Span<byte> tail = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(tail, stream);
        foreach (var b in tail)
            _state = (_state ^ b) * 0x100000001B3UL + 0x9E3779B97F4A7C15UL;
    }

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal (Box-Muller).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
}
