using System.Numerics.Tensors;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>What a search by picture finds with features as they are: nothing learns the labels.</summary>
internal static class NearestTest
{
    /// <summary>The share of photographs whose nearest other photograph, by cosine, carries the same label.</summary>
    /// <param name="features">[photographs, size], of length 1.</param>
    public static double FirstIsAlike(int size, Half[] features, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        var values = new float[features.Length];
        TensorPrimitives.ConvertToSingle(features, values);
        var right = 0;
        var options = new ParallelOptions { CancellationToken = cancellationToken };
        Parallel.For(0, labels.Count, options, i =>
        {
            var asked = values.AsSpan(i * size, size);
            var (best, nearest) = (float.MinValue, -1);
            for (var j = 0; j < labels.Count; j++)
            {
                if (j != i && TensorPrimitives.Dot(asked, values.AsSpan(j * size, size)) is var similarity && similarity > best)
                    (best, nearest) = (similarity, j);
            }
            if (labels[nearest] == labels[i])
                Interlocked.Increment(ref right);
        });
        return (double)right / labels.Count;
    }
}
