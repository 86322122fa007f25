namespace ThanoSql.Vision.Heads;

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

    internal int EffectiveThreads => Threads > 0 ? Threads : Environment.ProcessorCount;

    internal void Validate()
    {
        if (L2 is { } l2 && !(l2 > 0 && double.IsFinite(l2)))
            throw new ArgumentException("L2 must be a positive number (or null, to have it chosen).");
        if (MaxIterations < 1 || !(Tolerance > 0) || History is < 3 or > 50)
            throw new ArgumentException("MaxIterations must be at least 1, Tolerance above 0, History between 3 and 50.");
    }
}
