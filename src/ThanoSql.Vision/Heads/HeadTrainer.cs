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
        TrainingSet data, HeadTrainingOptions? options = null, IProgress<HeadTrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new HeadTrainingOptions();
        options.Validate();
        Check(data, options);
        var index = new LabelIndex(data.Labels);
        if (index.Labels.Length < 2)
            throw new InvalidDataException($"All {data.Rows} rows carry the one label '{index.Labels[0]}': a classifier needs at least two.");
        var features = new FeatureMatrix(data.Embeddings, data.Dimensions, options.Standardize);
        var fit = new HeadFit(features, index, options, progress, cancellationToken);
        var trials = options.L2 is null ? L2Search.Run(fit, index, data.Groups, options.Seed, options.Metrics) : [];
        var chosen = L2Search.Choose(trials);
        var (l2, scatter) = (options.L2 ?? chosen?.L2 ?? UnjudgedL2, chosen?.WithinLabelScatter ?? options.WithinLabelScatter ?? true);
        var everything = Enumerable.Range(0, data.Rows).ToArray();
        var fitted = fit.Run("training", everything, l2, fit.Metric(everything, scatter), fit.Initial());
        var single = index.Labels.Where((_, k) => index.Counts[k] == 1).ToArray();
        return new(fitted.Head, l2, scatter, fitted.Outcome.Value, fitted.Outcome.Iterations, fitted.Outcome.Converged, single, trials)
        {
            Temperature = chosen?.Temperature ?? 1,
        };
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

/// <summary>How a head is trained. The same data and options give the same head, whatever the number of threads.</summary>
public sealed record HeadTrainingOptions
{
    /// <summary>
    /// Strength of the penalty L2/2 * |W|² beside the sum of the rows' cross-entropies (1/C of scikit-learn's LogisticRegression), above 0; the bias
    /// is free. Null chooses it on data held out of training: a fifth, or five folds when there are fewer than 5,000 rows.
    /// </summary>
    public double? L2 { get; init; }

    /// <summary>Scale every dimension to unit variance while training; the scale is folded into the weights.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>
    /// Let the penalty be L2/2 * tr(W M W') with M half the identity, half how the rows of one label differ (mean eigenvalue 1; the identity where no
    /// label has two rows, and above 1,536 dimensions). What differs between photographs of one thing then tells things apart the least. Null chooses
    /// it along with the strength; where that is given, it is true.
    /// </summary>
    public bool? WithinLabelScatter { get; init; }

    /// <summary>Weigh rows so that every label counts alike, however many rows it has.</summary>
    public bool BalanceLabels { get; init; }

    /// <summary>1 and above. When it is reached the head is still returned, with <see cref="HeadTrainingResult.Converged"/> false.</summary>
    public int MaxIterations { get; init; } = 200;

    /// <summary>Training ends when no component of the mean loss's gradient is larger, above 0.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Correction pairs that L-BFGS keeps, 3 to 50.</summary>
    public int History { get; init; } = 12;

    /// <summary>Threads to use; 0 takes one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Chooses which rows judge the L2 strength.</summary>
    public ulong Seed { get; init; }

    /// <summary>Start from this head; labels that it does not know start at zero.</summary>
    public Head? WarmStart { get; init; }

    internal bool[] Metrics => WithinLabelScatter is { } given ? [given] : [true, false];

    internal int EffectiveThreads => Threads > 0 ? Threads : Environment.ProcessorCount;

    internal void Validate()
    {
        if (L2 is { } l2 && !(l2 > 0 && double.IsFinite(l2)))
            throw new ArgumentException("L2 must be a positive number (or null, to have it chosen).");
        if (MaxIterations < 1 || !(Tolerance > 0) || History is < 3 or > 50)
            throw new ArgumentException("MaxIterations must be at least 1, Tolerance above 0, History between 3 and 50.");
    }
}

/// <summary>A trained head and how it came about.</summary>
/// <param name="Head">Its labels are sorted by ordinal; its thresholds are 0 until they are chosen (<see cref="LabelThresholds.Choose"/>).</param>
/// <param name="L2">The strength in use, given or chosen.</param>
/// <param name="WithinLabelScatter">Whether the penalty weighs what differs within labels, given or chosen.</param>
/// <param name="Loss">Mean cross-entropy of the training rows plus the penalty divided by their number.</param>
/// <param name="Iterations">L-BFGS iterations of the last fit.</param>
/// <param name="Converged">False when the iterations ran out first.</param>
/// <param name="SingleRowLabels">Labels with only one row: trained, but nothing can be said about how well.</param>
/// <param name="Trials">The strengths that were tried, in the order tried; empty when L2 was given.</param>
public sealed record HeadTrainingResult(
    Head Head, double L2, bool WithinLabelScatter, double Loss, int Iterations, bool Converged, IReadOnlyList<string> SingleRowLabels,
    IReadOnlyList<L2Trial> Trials)
{
    /// <summary>
    /// What to divide the head's logits by (<see cref="Heads.Head.WithTemperature"/>), as the folds that chose L2 have it: for trainings with too few
    /// rows to hold some out. 1 when L2 was given. It flatters a trunk that was trained on these very rows.
    /// </summary>
    public double Temperature { get; init; } = 1;
}

/// <summary>
/// One tried penalty, on rows held out of its training: mean cross-entropy with its standard error, accuracy, the <see cref="Heads.Temperature"/>,
/// and the mean cross-entropy with it.
/// </summary>
public sealed record L2Trial(
    double L2, bool WithinLabelScatter, double HeldOutLoss, double StandardError, double HeldOutAccuracy, double Temperature, double CalibratedLoss);

/// <summary>Where a training stands.</summary>
/// <param name="Phase">"choosing L2" or "training".</param>
/// <param name="Iteration">Of the running fit, from 1.</param>
/// <param name="MaxIterations">The fit ends there at the latest, usually earlier.</param>
/// <param name="Loss">Mean training loss with penalty.</param>
/// <param name="L2">Strength of the running fit.</param>
public sealed record HeadTrainingProgress(string Phase, int Iteration, int MaxIterations, double Loss, double L2);
