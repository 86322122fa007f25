namespace ThanoSql.Vision.Heads;

/// <summary>Fits of one training set: on some of its rows, with some L2 strength.</summary>
internal sealed class HeadFit
{
    // With fewer rows than these per dimension an iteration costs less than using the estimate of the curvature.
    private const int PreconditionFrom = 4;

    private readonly FeatureMatrix _features;
    private readonly LabelIndex _index;
    private readonly HeadTrainingOptions _options;
    private readonly IProgress<HeadTrainingProgress>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly ParallelOptions _parallel;
    private readonly Lazy<double[]> _correlation;

    public HeadFit(
        FeatureMatrix features, LabelIndex index, HeadTrainingOptions options, IProgress<HeadTrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        (_features, _index, _options, _progress, _cancellationToken) = (features, index, options, progress, cancellationToken);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = options.EffectiveThreads, CancellationToken = cancellationToken };
        var sample = PreconditionFrom * features.Dimensions;
        _correlation = new(() => Curvature.Correlation(features, [.. Enumerable.Range(0, features.Rows)], sample));
    }

    /// <summary>Parameters to start from: those of the warm start's labels, zero for the others.</summary>
    public double[] Initial()
    {
        int labels = _index.Labels.Length, dimensions = _features.Dimensions;
        var parameters = new double[labels * (dimensions + 1)];
        if (_options.WarmStart is not { } start)
            return parameters;
        var known = start.Labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        for (var k = 0; k < labels; k++)
        {
            if (!known.TryGetValue(_index.Labels[k], out var from))
                continue;
            var weights = start.Weights.Span.Slice(from * dimensions, dimensions);
            double shift = start.Bias.Span[from];
            for (var d = 0; d < dimensions; d++)
            {
                parameters[(k * dimensions) + d] = weights[d] * _features.Scale[d];
                shift += weights[d] * _features.Mean[d];
            }
            parameters[(labels * dimensions) + k] = shift;
        }
        return parameters;
    }

    /// <summary>The penalty's metric for fits on the given rows, with their scatter within labels; null for the identity.</summary>
    public double[]? Metric(int[] rows, bool scatter) =>
        scatter && _features.Dimensions <= WithinLabelScatter.MostDimensions
            ? WithinLabelScatter.Metric(_features, rows, _index.Rows, _cancellationToken)
            : null;

    /// <summary>Trains on the given rows, improving <paramref name="parameters"/> in place.</summary>
    /// <param name="metric">Of the same rows.</param>
    public Fitted Run(string phase, int[] rows, double l2, double[]? metric, double[] parameters)
    {
        var objective = new LogisticObjective(
            _features, rows, _index.Rows, LabelWeights(rows), metric, _options.EffectiveThreads, _cancellationToken)
        {
            L2 = l2,
        };
        var curvature = rows.Length >= PreconditionFrom * _features.Dimensions
            ? Curvature.Of(_correlation.Value, _features.Dimensions, _index.Labels.Length, l2 / objective.TotalWeight, metric, _parallel)
            : null;
        var solver = new Lbfgs(objective.Evaluate, _options.History, curvature is null ? null : curvature.Apply);
        var outcome = solver.Minimize(parameters, _options.Tolerance, _options.MaxIterations, (iteration, loss) =>
        {
            _cancellationToken.ThrowIfCancellationRequested();
            _progress?.Report(new(phase, iteration, _options.MaxIterations, loss, l2));
        });
        var weights = new float[_index.Labels.Length * _features.Dimensions];
        var bias = new float[_index.Labels.Length];
        objective.FoldScale(parameters, weights, bias);
        return new(new Head(_index.Labels, weights, bias, new float[bias.Length]), outcome);
    }

    /// <summary>What a head makes of the given rows.</summary>
    public Judgement Judge(Head head, int[] rows)
    {
        var dimensions = _features.Dimensions;
        var part = new Half[rows.Length * dimensions];
        for (var r = 0; r < rows.Length; r++)
            _features.Row(rows[r]).CopyTo(part.AsSpan(r * dimensions));
        var probabilities = new float[rows.Length * head.Labels.Count];
        head.ScoreBatch(part, probabilities, _options.EffectiveThreads, _cancellationToken);
        var (truth, right) = (new int[rows.Length], 0);
        Span<int> best = stackalloc int[1];
        for (var r = 0; r < rows.Length; r++)
        {
            var row = probabilities.AsSpan(r * head.Labels.Count, head.Labels.Count);
            truth[r] = _index.Rows[rows[r]];
            Ranking.Top(row, best);
            right += best[0] == truth[r] ? 1 : 0;
        }
        return new(probabilities, truth, right);
    }

    private float[] LabelWeights(int[] rows)
    {
        var weights = new float[_index.Labels.Length];
        Array.Fill(weights, 1);
        if (!_options.BalanceLabels)
            return weights;
        var counts = new int[weights.Length];
        foreach (var row in rows)
            counts[_index.Rows[row]]++;
        var present = counts.Count(c => c > 0);
        for (var k = 0; k < weights.Length; k++)
            weights[k] = counts[k] == 0 ? 1 : (float)rows.Length / present / counts[k];
        return weights;
    }

    public sealed record Fitted(Head Head, Lbfgs.Outcome Outcome);

    /// <param name="Probabilities">[N, K].</param>
    /// <param name="Truth">[N]: positions among the labels.</param>
    /// <param name="Right">Rows whose most probable label is the true one.</param>
    public sealed record Judgement(float[] Probabilities, int[] Truth, int Right);
}
