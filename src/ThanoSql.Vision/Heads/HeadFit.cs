namespace ThanoSql.Vision.Heads;

/// <summary>Fits of one training set: on some of its rows, with some L2 strength.</summary>
internal sealed class HeadFit
{
    // With fewer rows than these per dimension an iteration costs less than using the estimate of the curvature.
    private const int PreconditionFrom = 4;

    private readonly FeatureMatrix features;
    private readonly LabelIndex index;
    private readonly HeadTrainingOptions options;
    private readonly IProgress<HeadTrainingProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly ParallelOptions parallel;
    private readonly Lazy<double[]> correlation;

    public HeadFit(
        FeatureMatrix features, LabelIndex index, HeadTrainingOptions options, IProgress<HeadTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        (this.features, this.index, this.options, this.progress, this.cancellationToken) = (features, index, options, progress, cancellationToken);
        parallel = new ParallelOptions { MaxDegreeOfParallelism = options.EffectiveThreads, CancellationToken = cancellationToken };
        var sample = PreconditionFrom * features.Dimensions;
        correlation = new(() => Curvature.Correlation(features, [.. Enumerable.Range(0, features.Rows)], sample));
    }

    /// <summary>Parameters to start from: those of the warm start's labels, zero for the others.</summary>
    public double[] Initial()
    {
        int labels = index.Labels.Length, dimensions = features.Dimensions;
        var parameters = new double[labels * (dimensions + 1)];
        if (options.WarmStart is not { } start)
            return parameters;
        var known = start.Labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        for (var k = 0; k < labels; k++)
        {
            if (!known.TryGetValue(index.Labels[k], out var from))
                continue;
            var weights = start.Weights.Span.Slice(from * dimensions, dimensions);
            double shift = start.Bias.Span[from];
            for (var d = 0; d < dimensions; d++)
            {
                parameters[(k * dimensions) + d] = weights[d] * features.Scale[d];
                shift += weights[d] * features.Mean[d];
            }
            parameters[(labels * dimensions) + k] = shift;
        }
        return parameters;
    }

    /// <summary>Trains on the given rows, improving <paramref name="parameters"/> in place.</summary>
    public Fitted Run(string phase, int[] rows, double l2, double[] parameters)
    {
        var objective = new LogisticObjective(features, rows, index.Rows, LabelWeights(rows), options.EffectiveThreads, cancellationToken) { L2 = l2 };
        var curvature = rows.Length >= PreconditionFrom * features.Dimensions
            ? Curvature.Of(correlation.Value, features.Dimensions, index.Labels.Length, l2 / objective.TotalWeight, parallel)
            : null;
        var solver = new Lbfgs(objective.Evaluate, options.History, curvature is null ? null : curvature.Apply);
        var outcome = solver.Minimize(parameters, options.Tolerance, options.MaxIterations, (iteration, loss) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new(phase, iteration, options.MaxIterations, loss, l2));
        });
        var weights = new float[index.Labels.Length * features.Dimensions];
        var bias = new float[index.Labels.Length];
        objective.FoldScale(parameters, weights, bias);
        return new(new Head(index.Labels, weights, bias, new float[bias.Length]), outcome);
    }

    /// <summary>Cross-entropy of a head on each of the given rows, and the number of rows that it answers rightly.</summary>
    public (double[] Losses, int Right) Judge(Head head, int[] rows)
    {
        var dimensions = features.Dimensions;
        var part = new Half[rows.Length * dimensions];
        for (var r = 0; r < rows.Length; r++)
            features.Row(rows[r]).CopyTo(part.AsSpan(r * dimensions));
        var probabilities = new float[rows.Length * head.Labels.Count];
        head.ScoreBatch(part, probabilities, options.EffectiveThreads, cancellationToken);
        var losses = new double[rows.Length];
        var right = 0;
        Span<int> best = stackalloc int[1];
        for (var r = 0; r < rows.Length; r++)
        {
            var row = probabilities.AsSpan(r * head.Labels.Count, head.Labels.Count);
            var label = index.Rows[rows[r]];
            losses[r] = -Math.Log(Math.Max(row[label], float.Epsilon));
            Ranking.Top(row, best);
            right += best[0] == label ? 1 : 0;
        }
        return (losses, right);
    }

    private float[] LabelWeights(int[] rows)
    {
        var weights = new float[index.Labels.Length];
        Array.Fill(weights, 1);
        if (!options.BalanceLabels)
            return weights;
        var counts = new int[weights.Length];
        foreach (var row in rows)
            counts[index.Rows[row]]++;
        var present = counts.Count(c => c > 0);
        for (var k = 0; k < weights.Length; k++)
            weights[k] = counts[k] == 0 ? 1 : (float)rows.Length / present / counts[k];
        return weights;
    }

    public sealed record Fitted(Head Head, Lbfgs.Outcome Outcome);
}
