using System.Buffers;

namespace ThanoSql.Vision.Heads;

/// <summary>
/// A linear classifier over the embeddings of one trunk: softmax(W x + b). It is small and immutable, lives in the catalog
/// (<see cref="ToBytes"/>), and may be used from many threads at once.
/// </summary>
public sealed class Head
{
    private const int BatchRows = 96;

    private readonly LinearLayer _layer;

    /// <param name="labels">K different names, at least two.</param>
    /// <param name="weights">[K, D], row-major, finite.</param>
    /// <param name="bias">[K], finite.</param>
    /// <param name="thresholds">[K], 0 to 1: the score from which a label counts as sure.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other, a value is not finite, or a label comes twice.</exception>
    public Head(IReadOnlyList<string> labels, float[] weights, float[] bias, float[] thresholds)
    {
        HeadFormat.Validate(labels, weights, bias, thresholds);
        Labels = [.. labels];
        (Weights, Bias, Thresholds) = (weights, bias, thresholds);
        Dimensions = weights.Length / labels.Count;
        _layer = new LinearLayer(weights, bias, Dimensions);
    }

    public IReadOnlyList<string> Labels { get; }

    /// <summary>D: the length of an embedding.</summary>
    public int Dimensions { get; }

    /// <summary>[K, D], row-major.</summary>
    public ReadOnlyMemory<float> Weights { get; }

    /// <summary>[K].</summary>
    public ReadOnlyMemory<float> Bias { get; }

    /// <summary>[K], in the order of <see cref="Labels"/>.</summary>
    public ReadOnlyMemory<float> Thresholds { get; }

    /// <summary>The same head with other thresholds ([K], 0 to 1).</summary>
    public Head WithThresholds(float[] thresholds) => new(Labels, Weights.ToArray(), Bias.ToArray(), thresholds);

    /// <summary>
    /// The same head with its logits divided by a <see cref="Temperature"/>: it is folded into weights and bias, so that the stored form, the
    /// published file and the cost of an answer stay as they are.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is no positive number.</exception>
    public Head WithTemperature(double temperature)
    {
        if (!(temperature > 0 && double.IsFinite(temperature)))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "A temperature is a positive number.");
        var (weights, bias) = (Weights.ToArray(), Bias.ToArray());
        TensorPrimitives.Divide(weights, (float)temperature, weights);
        TensorPrimitives.Divide(bias, (float)temperature, bias);
        return new(Labels, weights, bias, Thresholds.ToArray());
    }

    /// <summary>Probabilities [K] of one embedding [D]; they sum to 1.</summary>
    public void Score(ReadOnlySpan<Half> embedding, Span<float> probabilities)
    {
        if (embedding.Length != Dimensions)
            throw new ArgumentException($"The embedding has {embedding.Length} dimensions, this head wants {Dimensions}.", nameof(embedding));
        ScoreRows(embedding, probabilities, 1);
    }

    /// <summary>
    /// Probabilities [N, K] of embeddings [N, D], at the speed of matrix multiplication. Each row gives exactly the bits that
    /// <see cref="Score"/> gives for it alone.
    /// </summary>
    /// <param name="threads">Threads to use; 0 takes one per core.</param>
    public void ScoreBatch(
        ReadOnlyMemory<Half> embeddings, Memory<float> probabilities, int threads = 0, CancellationToken cancellationToken = default) =>
        EachBatch(embeddings, threads, (first, rows, batch) =>
            ScoreRows(batch, probabilities.Span.Slice(first * Labels.Count, rows * Labels.Count), rows), cancellationToken);

    /// <summary>The <paramref name="k"/> most probable labels of one embedding [D], best first; equal scores in the order of the labels.</summary>
    public LabelScore[] TopK(ReadOnlySpan<Half> embedding, int k = 5)
    {
        var probabilities = new float[Labels.Count];
        Score(embedding, probabilities);
        return TopK(probabilities, k);
    }

    /// <summary>The best <paramref name="k"/> of given probabilities [K].</summary>
    public LabelScore[] TopK(ReadOnlySpan<float> probabilities, int k = 5)
    {
        Span<int> best = stackalloc int[Math.Min(k, Labels.Count)];
        Ranking.Top(probabilities, best);
        var answer = new LabelScore[best.Length];
        for (var i = 0; i < best.Length; i++)
            answer[i] = new(Labels[best[i]], probabilities[best[i]]);
        return answer;
    }

    /// <summary><see cref="TopK(ReadOnlySpan{Half}, int)"/> of each of the embeddings [N, D].</summary>
    /// <param name="threads">Threads to use; 0 takes one per core.</param>
    public LabelScore[][] TopKBatch(ReadOnlyMemory<Half> embeddings, int k = 5, int threads = 0, CancellationToken cancellationToken = default)
    {
        var answers = new LabelScore[embeddings.Length / Dimensions][];
        EachBatch(embeddings, threads, (first, rows, batch) =>
        {
            var probabilities = ArrayPool<float>.Shared.Rent(rows * Labels.Count);
            ScoreRows(batch, probabilities, rows);
            for (var r = 0; r < rows; r++)
                answers[first + r] = TopK(probabilities.AsSpan(r * Labels.Count, Labels.Count), k);
            ArrayPool<float>.Shared.Return(probabilities);
        }, cancellationToken);
        return answers;
    }

    /// <summary>The threshold of a label, or null for a label that this head does not know.</summary>
    public float? ThresholdOf(string label)
    {
        for (var k = 0; k < Labels.Count; k++)
        {
            if (Labels[k] == label)
                return Thresholds.Span[k];
        }
        return null;
    }

    /// <summary>A compact, versioned, checksummed form for the catalog.</summary>
    public byte[] ToBytes() => HeadFormat.Write(this);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a head, are damaged, or are of a later version.</exception>
    public static Head FromBytes(ReadOnlySpan<byte> bytes) => HeadFormat.Read(bytes);

    private delegate void BatchAction(int first, int rows, ReadOnlySpan<Half> batch);

    private void EachBatch(ReadOnlyMemory<Half> embeddings, int threads, BatchAction action, CancellationToken cancellationToken)
    {
        var rows = Math.DivRem(embeddings.Length, Dimensions, out var rest);
        if (rest != 0)
        {
            throw new ArgumentException(
                $"{embeddings.Length} values are no whole number of embeddings of {Dimensions} dimensions.", nameof(embeddings));
        }

        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        Parallel.For(0, (rows + BatchRows - 1) / BatchRows, options, b =>
        {
            var first = b * BatchRows;
            var count = Math.Min(BatchRows, rows - first);
            action(first, count, embeddings.Span.Slice(first * Dimensions, count * Dimensions));
        });
    }

    private void ScoreRows(ReadOnlySpan<Half> embeddings, Span<float> probabilities, int rows)
    {
        var features = ArrayPool<float>.Shared.Rent(rows * Dimensions);
        var logits = ArrayPool<float>.Shared.Rent(rows * _layer.Width);
        TensorPrimitives.ConvertToSingle(embeddings, features.AsSpan(0, embeddings.Length));
        _layer.Logits(features, Dimensions, rows, logits);
        for (var r = 0; r < rows; r++)
        {
            var row = logits.AsSpan(r * _layer.Width, Labels.Count);
            LinearLayer.Softmax(row);
            row.CopyTo(probabilities[(r * Labels.Count)..]);
        }
        ArrayPool<float>.Shared.Return(logits);
        ArrayPool<float>.Shared.Return(features);
    }
}

/// <summary>A label and the probability (0 to 1) that a head gives it.</summary>
public readonly record struct LabelScore(string Label, float Score);

/// <summary>The largest few of many scores, without sorting all of them.</summary>
internal static class Ranking
{
    /// <summary>Fills <paramref name="best"/> with the positions of the largest values, largest first; the earlier position wins a tie.</summary>
    public static void Top(ReadOnlySpan<float> values, Span<int> best)
    {
        var filled = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (filled == best.Length && (filled == 0 || values[i] <= values[best[^1]]))
                continue;
            var at = filled < best.Length ? filled++ : filled - 1;
            for (; at > 0 && values[best[at - 1]] < values[i]; at--)
                best[at] = best[at - 1];
            best[at] = i;
        }
    }
}
