using ThanoSql.Catalog.Runs;

namespace ThanoSql.Query.Training;

/// <summary>
/// Turns the states of a run into lines for people: each log line once, a stage when it changes, numbers not more often than a second.
/// </summary>
/// <param name="report">Takes a line.</param>
/// <param name="progress">Takes stages and numbers; null where those are lines, too.</param>
/// <param name="time">The clock.</param>
internal sealed class RunProgress(Action<string> report, Action<RunStage>? progress, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly long _start = time.GetTimestamp();
    private int _logged;
    private string _stage = "";
    private long _shownAt;
    private bool _saidThatNobodyComes;

    public void Show(TrainingRun run)
    {
        ShowLog(run.Log);
        ShowStage(run);
        if (run.State != RunState.Queued || _saidThatNobodyComes || time.GetElapsedTime(_start) < Patience)
            return;
        _saidThatNobodyComes = true;
        report("Waiting for a trainer: is one running? (thanosql trainer)");
    }

    private void ShowLog(string log)
    {
        // A line is whole when the next one begins or a line break ends it.
        foreach (var line in log[Math.Min(_logged, log.Length)..].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            report(line);
        _logged = log.Length;
    }

    private void ShowStage(TrainingRun run)
    {
        if (run.Stage.Length == 0 || run.IsOver)
            return;
        var isNew = run.Stage != _stage;
        if (!isNew && (run.Total == 0 || time.GetElapsedTime(_shownAt) < TimeSpan.FromSeconds(1)))
            return;
        _stage = run.Stage;
        _shownAt = time.GetTimestamp();
        if (progress is not null)
        {
            progress(new RunStage(run.Stage, run.Done, run.Total));
            return;
        }
        report(run.Total == 0 ? run.Stage : string.Create(CultureInfo.InvariantCulture, $"{run.Stage}: {run.Done} of {run.Total}"));
    }
}
