namespace ThanoSql.Vision.Heads;

/// <summary>Trains heads: multinomial logistic regression on embeddings, by L-BFGS.</summary>
public static class HeadTrainer
{
    // When nothing can be held out to choose it: a unit prior on weights of scaled features.
    private const double UnjudgedL2 = 1;

    /// <summary>Trains a head on all rows.</summary>
    /// <exception cref="InvalidDataException">
    /// The data cannot train a classifier: no rows, fewer than two labels, an empty label, or a value that is not finite (the row is named).
    /// </exception>
    /// <exception cref="ArgumentException">Options out of range, sizes that do not fit, or a warm start of other dimensions.</exception>
    public static HeadTrainingResult Train(
        TrainingSet data, HeadTrainingOptions? options =
            null, IProgress<HeadTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new HeadTrainingOptions();
        options.Validate();
        Check(data, options);
        var index = new LabelIndex(data.Labels);
        if (index.Labels.Length < 2)
            throw new InvalidDataException($"All {data.Rows} rows carry the one label '{index.Labels[0]}': a classifier needs at least two.");
        var features = new FeatureMatrix(data.Embeddings, data.Dimensions, options.Standardize);
        var fit = new HeadFit(features, index, options, progress, cancellationToken);
        var trials = options.L2 is null ? L2Search.Run(fit, index, data.Groups, options.Seed) : [];
        var l2 = options.L2 ?? L2Search.Choose(trials) ?? UnjudgedL2;
        var everything = Enumerable.Range(0, data.Rows).ToArray();
        var fitted = fit.Run("training", everything, l2, fit.Initial());
        var single = index.Labels.Where((_, k) => index.Counts[k] == 1).ToArray();
        return new(fitted.Head, l2, fitted.Outcome.Value, fitted.Outcome.Iterations, fitted.Outcome.Converged, single, trials);
    }

    private static void Check(TrainingSet data, HeadTrainingOptions options)
    {
        if (data.Rows == 0)
            throw new InvalidDataException("There are no rows to train on.");
        if (data.Dimensions < 1 || data.Embeddings.Length != (long)data.Rows * data.Dimensions)
        {
            throw new ArgumentException(
                $"{data.Embeddings.Length} values are not {data.Rows} embeddings of {data.Dimensions} dimensions.", nameof(data));
        }

        if (data.Groups is { } groups && groups.Count != data.Rows)
            throw new ArgumentException($"{groups.Count} groups for {data.Rows} rows.", nameof(data));
        for (var i = 0; i < data.Rows; i++)
        {
            if (string.IsNullOrEmpty(data.Labels[i]))
                throw new InvalidDataException($"Row {i} (counted from 0) has no label.");
        }
        if (options.WarmStart is { } start && start.Dimensions != data.Dimensions)
        {
            throw new ArgumentException(
                $"The head to start from has {start.Dimensions} dimensions, the embeddings {data.Dimensions}.", nameof(options));
        }
    }
}
