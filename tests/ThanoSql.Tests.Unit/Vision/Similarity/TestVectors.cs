namespace ThanoSql.Tests.Unit.Vision.Similarity;

/// <summary>Vectors of many kinds, and what a search of them must give.</summary>
internal static class TestVectors
{
    /// <summary>As embeddings are: around some centres, of length 1.</summary>
    public static Half[] Clustered(Random random, int dimensions, int centres)
    {
        var centre = new Random(random.Next(centres));
        return Unit([.. Enumerable.Range(0, dimensions).Select(_ => Normal(centre) + (0.3 * Normal(random)))]);
    }

    /// <summary>Of any kind: those that quantising serves worst among them.</summary>
    public static Half[] Odd(Random random, int dimensions) => random.Next(9) switch
    {
        0 => new Half[dimensions],
        1 => OneHot(random.Next(dimensions), dimensions, (Half)(random.Next(2) == 0 ? 1 : -1)),
        2 => OneHot(random.Next(dimensions), dimensions, Half.Epsilon),
        3 => [.. Enumerable.Repeat((Half)random.NextSingle(), dimensions)],
        4 => [.. Enumerable.Range(0, dimensions).Select(_ => Half.Epsilon * (Half)random.Next(-3, 4))],
        5 => [.. Enumerable.Range(0, dimensions).Select(_ => random.Next(2) == 0 ? Half.MaxValue : Half.MinValue)],
        6 => [.. Enumerable.Range(0, dimensions).Select(i => (Half)(i == 0 ? 1 : 0.0039 * random.NextDouble()))], // half codes beside one large
        7 => [.. Enumerable.Range(0, dimensions).Select(i => (Half)Math.Pow(2, -i % 24))],
        _ => Clustered(random, dimensions, centres: 4),
    };

    public static float[] Floats(IEnumerable<Half> vector) => [.. vector.Select(v => (float)v)];

    /// <summary>The cosine by plain sums.</summary>
    public static double Cosine(IReadOnlyList<float> a, IReadOnlyList<Half> b)
    {
        var (dot, squaresA, squaresB) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Count; i++)
        {
            dot += (double)a[i] * (double)b[i];
            squaresA += (double)a[i] * a[i];
            squaresB += (double)b[i] * (double)b[i];
        }
        return squaresB == 0 ? 0 : dot / Math.Sqrt(squaresA) / Math.Sqrt(squaresB);
    }

    private static Half[] OneHot(int at, int dimensions, Half value)
    {
        var vector = new Half[dimensions];
        vector[at] = value;
        return vector;
    }

    private static Half[] Unit(double[] vector)
    {
        var length = Math.Sqrt(vector.Sum(v => v * v));
        return [.. vector.Select(v => (Half)(v / length))];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
