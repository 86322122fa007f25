using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

/// <summary>Seeded Gaussian clusters, one per label, with correlated noise.</summary>
internal static class Clusters
{
    public static TrainingSet Make(int rows, int dimensions, int labels, double spread = 1, int seed = 1)
    {
        var random = new Random(seed);
        var centres = Enumerable.Range(0, labels).Select(_ => Vector(random, dimensions)).ToArray();
        var values = new Half[rows * dimensions];
        var names = new string[rows];
        for (var r = 0; r < rows; r++)
        {
            var label = r % labels;
            names[r] = $"label {label}";
            var shared = Normal(random);
            for (var d = 0; d < dimensions; d++)
                values[(r * dimensions) + d] = (Half)(centres[label][d] + (spread * Normal(random)) + shared + 0.5);
        }
        return new(values, dimensions, names);
    }

    private static double[] Vector(Random random, int dimensions) => [.. Enumerable.Range(0, dimensions).Select(_ => Normal(random))];

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
