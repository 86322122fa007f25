namespace ThanoSql.Vision.FineTuning;

/// <summary>How a whole trunk is trained on. The same data, options and number of threads give the same trunk.</summary>
public sealed record FineTuneOptions
{
    /// <summary>Passes over the photographs, 1 to 1000.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Of the trunk's last block, at its highest, above 0.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>The classifier learns so many times faster than the trunk, above 0.</summary>
    public double ClassifierRate { get; init; } = 5;

    /// <summary>Photographs of one step, 2 to 4096.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Side in pixels of the input that the trunk is used with, 32 to 512: epochs are judged at it.</summary>
    public int InputSize { get; init; } = 192;

    /// <summary>
    /// Side in pixels of the input while it learns, a multiple of 32 from 32 to 512; null takes about two thirds of <see cref="InputSize"/>. Things
    /// look larger in random cuts than in whole photographs, so that a smaller input learns the size that is used, in less than half the time:
    /// Touvron et al., "Fixing the train-test resolution discrepancy" (2019).
    /// </summary>
    public int? TrainingSize { get; init; }

    /// <summary>
    /// The stem and the first stages that do not learn, 0 to 3; with 0 everything learns. They see edges and textures, which all photographs share,
    /// and take the most time.
    /// </summary>
    public int FrozenStages { get; init; } = 2;

    /// <summary>A block's learning rate over that of the block behind it, above 0 to 1; with 1 all learn alike.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>
    /// What the average over the last steps, which is judged and kept, keeps of itself at each step, 0 to below 1; 0 takes the last step.
    /// </summary>
    public double Averaging { get; init; }

    /// <summary>
    /// Photographs are mixed with others, in shares of the Beta distribution with this parameter, 0 to 1; 0 mixes none. Zhang et al., "mixup" (2018).
    /// </summary>
    public double MixUp { get; init; }

    /// <summary>Of matrices and kernels, decoupled from the gradient; 0 and above.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Share of the steps in which the learning rate rises, 0 to 1; then it falls as a cosine.</summary>
    public double WarmUp { get; init; } = 0.1;

    /// <summary>Longest gradient, above 0; a longer one is shortened to it.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Probability spread over the other labels in the targets, 0 to 0.5.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>Smallest share of a crop that augmentation cuts out, above 0 to 1.</summary>
    public double SmallestCut { get; init; } = 0.5;

    /// <summary>Training ends after so many epochs without a better held-out accuracy; 0 never stops early.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>Threads to use, each with its part of the batch; 0 takes one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Order and augmentation follow from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where the run is saved so that it can be resumed; null saves nothing. A file of another run is replaced.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Between two saves, also saved at the end of every epoch and on cancellation.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary><see cref="TrainingSize"/>, or what is taken for it.</summary>
    public int EffectiveTrainingSize =>
        TrainingSize ?? (Math.Max(1, (int)Math.Round(InputSize * 2.0 / 3 / ConvNeXtTraining.SideStep)) * ConvNeXtTraining.SideStep);

    internal int EffectiveThreads => Math.Min(BatchSize, Threads > 0 ? Threads : Environment.ProcessorCount);

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Epochs is >= 1 and <= 1000, nameof(Epochs));
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate));
        Require(ClassifierRate > 0 && double.IsFinite(ClassifierRate), nameof(ClassifierRate));
        Require(BatchSize is >= 2 and <= 4096, nameof(BatchSize));
        Require(InputSize is >= 32 and <= 512, nameof(InputSize));
        Require(TrainingSize is null or (>= 32 and <= 512) && TrainingSize % ConvNeXtTraining.SideStep is null or 0, nameof(TrainingSize));
        Require(FrozenStages is >= 0 and <= 3, nameof(FrozenStages));
        Require(LayerDecay is > 0 and <= 1, nameof(LayerDecay));
        Require(Averaging is >= 0 and < 1, nameof(Averaging));
        Require(MixUp is >= 0 and <= 1, nameof(MixUp));
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay));
        Require(WarmUp is >= 0 and <= 1, nameof(WarmUp));
        Require(ClipNorm > 0, nameof(ClipNorm));
        Require(LabelSmoothing is >= 0 and <= 0.5, nameof(LabelSmoothing));
        Require(SmallestCut is > 0 and <= 1, nameof(SmallestCut));
        Require(Patience >= 0, nameof(Patience));
    }

    private static void Require(bool holds, string name)
    {
        if (!holds)
            throw new ArgumentException($"{name} is out of its range; see the documentation of the option.");
    }
}
