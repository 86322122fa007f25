namespace ThanoSql.Vision.FineTuning;

/// <summary>Makes the steps of a fine-tuning: on the CPU, or on a card that keeps what is trained.</summary>
internal interface IStepper : IDisposable
{
    /// <summary>Pictures of one step at most.</summary>
    int BatchSize { get; }

    /// <summary>Where the pictures of a step go: [3, side, side] each.</summary>
    Span<float> Picture(int index);

    /// <summary>Where the target probabilities of a picture go: [labels].</summary>
    Span<float> Target(int index);

    /// <summary>A step that changes nothing, to see how long one takes.</summary>
    void Try(CancellationToken cancellationToken);

    /// <summary>A step with the pictures in place.</summary>
    /// <param name="rates">Of this step.</param>
    /// <param name="cancellationToken">Seen before the step.</param>
    /// <returns>The loss before the step; when it is no number, what is trained may be none any more.</returns>
    float Step(StepRates rates, CancellationToken cancellationToken);

    /// <summary>Brings what is trained into the state.</summary>
    void Fetch();
}

/// <summary>The numbers of one AdamW step, for a graph.</summary>
/// <param name="Trunk">Learning rate of the trunk, corrected for the first mean's bias.</param>
/// <param name="Classifier">The classifier's.</param>
/// <param name="TrunkDecay">What weight decay takes of the trunk's matrices.</param>
/// <param name="ClassifierDecay">And of the classifier's.</param>
/// <param name="RootCorrection">Corrects the root of the second mean for its bias.</param>
/// <param name="AverageKeep">What the average of the parameters keeps of itself.</param>
internal readonly record struct StepRates(
    float Trunk, float Classifier, float TrunkDecay, float ClassifierDecay, float RootCorrection, float AverageKeep)
{
    // A young average follows faster, so that where training began is soon forgotten
    private const double Youth = 10;

    public static IReadOnlyList<string> Names { get; } =
        [nameof(Trunk), nameof(Classifier), nameof(TrunkDecay), nameof(ClassifierDecay), nameof(RootCorrection), nameof(AverageKeep)];

    /// <param name="step">From 1.</param>
    /// <param name="rate">Of the trunk.</param>
    /// <param name="options">The classifier's rate, the decay and the average.</param>
    public static StepRates Of(int step, double rate, FineTuneOptions options)
    {
        var (correction1, correction2) = (1 / (1 - Math.Pow(AdamW.Beta1, step)), 1 / (1 - Math.Pow(AdamW.Beta2, step)));
        var classifier = rate * options.ClassifierRate;
        return new(
            (float)(rate * correction1), (float)(classifier * correction1), (float)(rate * options.WeightDecay),
            (float)(classifier * options.WeightDecay), (float)Math.Sqrt(correction2),
            (float)Math.Min(options.Averaging, (step - 1) / (step + Youth)));
    }

    /// <summary>In the order of <see cref="Names"/>.</summary>
    public void CopyTo(Span<float> values) =>
        (values[0], values[1], values[2], values[3], values[4], values[5]) =
            (Trunk, Classifier, TrunkDecay, ClassifierDecay, RootCorrection, AverageKeep);
}
