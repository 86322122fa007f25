using System.Diagnostics;
using ThanoSql.Vision.FineTuning.Graph;

namespace ThanoSql.Vision.FineTuning;

/// <summary>The steps and epochs of a fine-tuning.</summary>
internal sealed class FineTuneRun
{
    private readonly FineTuneOptions options;
    private readonly FineTuneState state;
    private readonly GradientEngine engine;
    private readonly BatchFeeder feeder;
    private readonly IProgress<FineTuneProgress>? progress;
    private readonly AdamW optimizer;
    private readonly CosineSchedule schedule;
    private readonly ParameterSet gradient;
    private readonly int steps;
    private TimeSpan perStep;
    private TimeSpan perJudgement;
    private double loss;

    public FineTuneRun(FineTuneOptions options, FineTuneState state, GradientEngine engine, BatchFeeder feeder, IProgress<FineTuneProgress>? progress)
    {
        (this.options, this.state, this.engine, this.feeder, this.progress) = (options, state, engine, feeder, progress);
        steps = feeder.StepsPerEpoch * options.Epochs;
        optimizer = new AdamW(state.First, state.Second, options.WeightDecay);
        schedule = new CosineSchedule(steps, options.WarmUp);
        gradient = state.Parameters.Zeros();
    }

    public required Action Save { get; init; }

    /// <summary>Held-out accuracy and loss of the present parameters.</summary>
    public required Func<(double Accuracy, double Loss)> Judge { get; init; }

    /// <summary>The epoch's steps are done, and its entry in the history is not there yet.</summary>
    private bool EpochIsPending => state.Step == state.History.Count * feeder.StepsPerEpoch;

    /// <returns>True when patience ran out before the last epoch.</returns>
    public bool ToTheEnd(CancellationToken cancellationToken)
    {
        if (OutOfPatience())
            return true; // it had ended already
        Estimate(cancellationToken);
        var saved = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                if (EpochIsPending)
                    EndEpoch();
                else if (saved.Elapsed < options.CheckpointEvery && state.Step < steps)
                {
                    Step(cancellationToken);
                    continue;
                }
                Save();
                saved.Restart();
                if (state.Step == steps || OutOfPatience())
                    return state.Step < steps;
            }
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
    }

    /// <summary>Times a step without changing anything; the first one warms the memory up.</summary>
    private void Estimate(CancellationToken cancellationToken)
    {
        if (state.Step == steps)
            return;
        feeder.Fill(engine, state.Step);
        engine.Run(gradient, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        feeder.Fill(engine, state.Step);
        engine.Run(gradient, cancellationToken);
        perStep = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        _ = Judge();
        perJudgement = Stopwatch.GetElapsedTime(start);
        Report(FineTunePhase.Estimated);
    }

    private void Step(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var count = feeder.Fill(engine, state.Step);
        loss = engine.Run(gradient, cancellationToken);
        if (!double.IsFinite(loss))
            throw new InvalidDataException($"The loss is no number any more after {state.Step} steps: lower the learning rate ({options.LearningRate}).");
        AdamW.Clip(gradient, options.ClipNorm);
        state.Step++;
        var rate = options.LearningRate * schedule.Factor(state.Step);
        optimizer.Update(state.Parameters, gradient, state.Step, i => IsClassifier(i) ? rate * options.ClassifierRate : rate);
        (state.LossSum, state.Seen) = (state.LossSum + (loss * count), state.Seen + count);
        // Other work comes and goes: the estimate follows slowly.
        perStep += (Stopwatch.GetElapsedTime(start) - perStep) / 10;
        Report(FineTunePhase.Training);
    }

    private bool IsClassifier(int parameter) => gradient.Parameters[parameter].Name is SoftmaxLoss.Weight or SoftmaxLoss.Bias;

    private void EndEpoch()
    {
        var (accuracy, heldOutLoss) = Judge();
        state.History.Add(new FineTuneEpoch(state.Step / feeder.StepsPerEpoch, state.LossSum / state.Seen, accuracy, heldOutLoss));
        (state.LossSum, state.Seen) = (0, 0);
        if (ReferenceEquals(state.BestEpoch, state.History[^1]))
            state.Parameters.CopyTo(state.Best);
        Report(FineTunePhase.EpochDone);
    }

    private bool OutOfPatience() =>
        options.Patience > 0 && state.History.Count - 1 - state.History.IndexOf(state.BestEpoch) >= options.Patience;

    private void Report(FineTunePhase phase)
    {
        var epochs = options.Epochs - (state.Step / feeder.StepsPerEpoch);
        progress?.Report(new(phase, state.Step, steps, loss, (perStep * (steps - state.Step)) + (perJudgement * epochs), state.History[^1]));
    }
}
