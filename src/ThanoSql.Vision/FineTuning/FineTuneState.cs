namespace ThanoSql.Vision.FineTuning;

/// <summary>Everything that a run needs to go on where it stopped.</summary>
/// <param name="Parameters">Trunk and classifier.</param>
/// <param name="First">AdamW's mean of the gradient.</param>
/// <param name="Second">AdamW's mean of its square.</param>
/// <param name="Best">Parameters of the best epoch so far.</param>
internal sealed record FineTuneState(ParameterSet Parameters, ParameterSet First, ParameterSet Second, ParameterSet Best)
{
    /// <summary>Steps done.</summary>
    public int Step { get; set; }

    /// <summary>Sum of the losses of this epoch's photographs, and their number.</summary>
    public double LossSum { get; set; }

    public int Seen { get; set; }

    public List<FineTuneEpoch> History { get; } = [];

    public static FineTuneState New(ParameterSet parameters) => new(parameters, parameters.Zeros(), parameters.Zeros(), parameters.Copy());

    /// <summary>The best epoch: highest held-out accuracy, then lowest held-out loss; the last one where nothing is held out.</summary>
    public FineTuneEpoch BestEpoch => History.Any(e => double.IsNaN(e.HeldOutAccuracy))
        ? History[^1]
        : History.OrderByDescending(e => e.HeldOutAccuracy).ThenBy(e => e.HeldOutLoss).First();
}
