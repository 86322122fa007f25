using System.Runtime.InteropServices;

namespace ThanoSql.Benchmarks.Similarity;

/// <summary>
/// Vectors as embeddings are: of length 1 around centres of very different sizes, one in a hundred the same as another. As float16 in a file, which
/// all read; with questions, half of them a stored vector and half something near one.
/// </summary>
internal sealed class VectorFile : IDisposable
{
    private const double Spread = 0.6; // around a centre, whose own length is about 1
    private const double Blur = 0.3; // of a question around a vector
    private const int Questions = 256;

    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-similar-").FullName;
    private readonly Random _random = new(16);
    private readonly float[] _noise = new float[1 << 22];

    private VectorFile(int count, int dimensions) => (Count, Dimensions) = (count, dimensions);

    public int Count { get; }

    public int Dimensions { get; }

    public string Path => System.IO.Path.Combine(_folder, "vectors.f16");

    public string AskedPath => System.IO.Path.Combine(_folder, "asked.f32");

    public string AmongPath => System.IO.Path.Combine(_folder, "among.i64");

    public float[][] Asked { get; private set; } = [];

    /// <summary>One row in a hundred, rising.</summary>
    public long[] Among { get; private set; } = [];

    public static VectorFile Make(int count, int dimensions)
    {
        var made = new VectorFile(count, dimensions);
        for (var i = 0; i < made._noise.Length; i++)
            made._noise[i] = (float)(Normal(made._random) / Math.Sqrt(dimensions));
        made.Write();
        return made;
    }

    /// <summary>Its rows, one after the other, in the same memory.</summary>
    public IEnumerable<byte[]> Rows()
    {
        using var file = File.OpenRead(Path);
        var row = new byte[Dimensions * sizeof(short)];
        while (file.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) == row.Length)
            yield return row;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write()
    {
        var centres = Enumerable.Range(0, Math.Max(2, Count / 200)).Select(_ => Noise(1)).ToArray();
        var asked = new List<float[]>();
        using (var file = new BufferedStream(File.Create(Path), 1 << 20))
        {
            var vector = new Half[Dimensions];
            for (var row = 0; row < Count; row++)
            {
                if (row == 0 || _random.Next(100) > 0)
                    Set(vector, centres[(int)(Math.Pow(_random.NextDouble(), 3) * centres.Length)]);
                file.Write(MemoryMarshal.AsBytes(vector.AsSpan()));
                if (_random.Next(Math.Max(1, Count / Questions)) == 0)
                    asked.Add(Question(vector, blurred: asked.Count % 2 == 1));
            }
        }
        Asked = [.. asked];
        Among = [.. Enumerable.Range(0, Count).Where(_ => _random.Next(100) == 0).Select(row => (long)row)];
        File.WriteAllBytes(AskedPath, [.. Asked.SelectMany(q => MemoryMarshal.AsBytes(q.AsSpan()).ToArray())]);
        File.WriteAllBytes(AmongPath, MemoryMarshal.AsBytes(Among.AsSpan()).ToArray());
    }

    private void Set(Half[] vector, float[] centre)
    {
        var off = Noise(Spread);
        var squares = 0.0;
        for (var i = 0; i < off.Length; i++)
        {
            off[i] += centre[i];
            squares += off[i] * off[i];
        }
        for (var i = 0; i < off.Length; i++)
            vector[i] = (Half)(off[i] / Math.Sqrt(squares));
    }

    private float[] Question(Half[] vector, bool blurred) => [.. Noise(blurred ? Blur : 0).Zip(vector, (off, value) => off + (float)value)];

    // A normal distribution's values are slow to draw a billion times: pieces of a long row of them
    private float[] Noise(double scale)
    {
        var from = _random.Next(_noise.Length - Dimensions);
        return [.. _noise.AsSpan(from, Dimensions).ToArray().Select(n => (float)(n * scale))];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
