using System.Diagnostics;

namespace ThanoSql.Vision.FineTuning;

/// <summary>The steps and epochs of a fine-tuning.</summary>
internal sealed class FineTuneRun
{
    private readonly FineTuneOptions _options;
    private readonly FineTuneState _state;
    private readonly IStepper _stepper;
    private readonly BatchFeeder _feeder;
    private readonly IProgress<FineTuneProgress>? _progress;
    private readonly CosineSchedule _schedule;
    private readonly int _steps;
    private TimeSpan _perStep;
    private TimeSpan _perJudgement;
    private double _loss;

    public FineTuneRun(FineTuneOptions options, FineTuneState state, IStepper stepper, BatchFeeder feeder, IProgress<FineTuneProgress>? progress)
    {
        (_options, _state, _stepper, _feeder, _progress) = (options, state, stepper, feeder, progress);
        _steps = feeder.StepsPerEpoch * options.Epochs;
        _schedule = new CosineSchedule(_steps, options.WarmUp);
    }

    public required Action Save { get; init; }

    /// <summary>Held-out accuracy and loss of the present average.</summary>
    public required Func<(double Accuracy, double Loss)> Judge { get; init; }

    /// <summary>The epoch's steps are done, and its entry in the history is not there yet.</summary>
    private bool EpochIsPending => _state.Step == _state.History.Count * _feeder.StepsPerEpoch;

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
                if (!EpochIsPending && saved.Elapsed < _options.CheckpointEvery && _state.Step < _steps)
                {
                    Step(cancellationToken);
                    continue;
                }
                _stepper.Fetch();
                if (EpochIsPending)
                    EndEpoch();
                Save();
                saved.Restart();
                if (_state.Step == _steps || OutOfPatience())
                    return _state.Step < _steps;
            }
        }
        catch (OperationCanceledException)
        {
            _stepper.Fetch();
            Save();
            throw;
        }
    }

    /// <summary>Times a step without changing anything; the first one warms the memory up.</summary>
    private void Estimate(CancellationToken cancellationToken)
    {
        if (_state.Step == _steps)
            return;
        _feeder.Fill(_stepper, _state.Step);
        _stepper.Try(cancellationToken);
        var start = Stopwatch.GetTimestamp();
        _feeder.Fill(_stepper, _state.Step);
        _stepper.Try(cancellationToken);
        _perStep = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        _ = Judge();
        _perJudgement = Stopwatch.GetElapsedTime(start);
        Report(FineTunePhase.Estimated);
    }

    private void Step(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var count = _feeder.Fill(_stepper, _state.Step);
        var rate = _options.LearningRate * _schedule.Factor(_state.Step + 1);
        _loss = _stepper.Step(StepRates.Of(_state.Step + 1, rate, _options), cancellationToken);
        if (!double.IsFinite(_loss))
        {
            throw new InvalidDataException(
                $"The loss is no number any more after {_state.Step} steps: lower the learning rate ({_options.LearningRate}).");
        }

        _state.Step++;
        (_state.LossSum, _state.Seen) = (_state.LossSum + (_loss * count), _state.Seen + count);
        // Other work comes and goes: the estimate follows slowly.
        _perStep += (Stopwatch.GetElapsedTime(start) - _perStep) / 10;
        Report(FineTunePhase.Training);
    }

    private void EndEpoch()
    {
        var (accuracy, heldOutLoss) = Judge();
        _state.History.Add(new FineTuneEpoch(_state.Step / _feeder.StepsPerEpoch, _state.LossSum / _state.Seen, accuracy, heldOutLoss));
        (_state.LossSum, _state.Seen) = (0, 0);
        if (ReferenceEquals(_state.BestEpoch, _state.History[^1]))
            _state.Average.CopyTo(_state.Best);
        Report(FineTunePhase.EpochDone);
    }

    private bool OutOfPatience() =>
        _options.Patience > 0 && _state.History.Count - 1 - _state.History.IndexOf(_state.BestEpoch) >= _options.Patience;

    private void Report(FineTunePhase phase)
    {
        var epochs = _options.Epochs - (_state.Step / _feeder.StepsPerEpoch);
        _progress?.Report(new(phase, _state.Step, _steps, _loss, (_perStep * (_steps - _state.Step)) + (_perJudgement * epochs), _state.History[^1]));
    }
}
