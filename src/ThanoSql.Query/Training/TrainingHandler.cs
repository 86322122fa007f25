using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Runs;
using ThanoSql.Messages;

namespace ThanoSql.Query.Training;

/// <summary>BUILD, FIT, UPLOAD and DELETE MODEL: queues a run for a trainer and follows it to its end. A client that goes away cancels it.</summary>
public sealed class TrainingHandler(TrainingQueue queue, NpgsqlDataSource owner, Announcer announcer, TimeProvider time)
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(2); // also without a notification

    internal async Task<StatementOutcome> RunAsync(StatementRequest request, Statement statement, Name model, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Write, statement.Verb);
        if (statement is BuildModelStatement or FitModelStatement)
            request.Report("Building model...");
        await using var listener = await owner.OpenConnectionAsync(cancellationToken);
        await using (var listen = new NpgsqlCommand($"LISTEN {TrainingQueue.Channel}", listener))
            await listen.ExecuteNonQueryAsync(cancellationToken);

        var run = await AddAsync(request, model, cancellationToken);
        try
        {
            await announcer.SendAsync(new TrainingRequested(run), cancellationToken);
            var ended = await FollowAsync(listener, run, request, cancellationToken);
            return ended.State == RunState.Promoted ? new StatementOutcome(statement.Verb) : throw Failure(ended, request.Text);
        }
        catch (OperationCanceledException)
        {
            await queue.CancelAsync(run, CancellationToken.None);
            throw;
        }
    }

    private async Task<long> AddAsync(StatementRequest request, Name model, CancellationToken cancellationToken)
    {
        try
        {
            return await queue.AddAsync(
                new NewTrainingRun(model.Folded, RunTrigger.Statement, request.Text, request.Token.Scope) { By = Actor.OfToken(request.Token.Name) },
                cancellationToken);
        }
        catch (TrainingRunOpenException open)
        {
            throw new QueryException(ErrorCode.AlreadyExists, open.Message, inner: open);
        }
    }

    private async Task<TrainingRun> FollowAsync(NpgsqlConnection listener, long runId, StatementRequest request, CancellationToken cancellationToken)
    {
        var progress = new RunProgress(request.Report, time);
        while (true)
        {
            var run = await queue.FindAsync(runId, cancellationToken)
                ?? throw new QueryException(ErrorCode.Cancelled, "The training run is gone from the catalog.");
            progress.Show(run);
            if (run.IsOver)
                return run;
            await listener.WaitAsync(Glance, cancellationToken);
        }
    }

    private static QueryException Failure(TrainingRun run, string text) => new(
        run.ErrorCode is { } code ? ErrorCode.Parse(code) : run.State == RunState.Cancelled ? ErrorCode.Cancelled : ErrorCode.BuildFailed,
        run.Outcome ?? $"The training run ended as '{run.State}'.",
        run.ErrorOffset is { } at ? TextPosition.Of(text, at) : null,
        run.ErrorHint);
}

/// <summary>
/// Turns the states of a run into lines for people: each log line once, a stage when it changes, numbers not more often than a second.
/// </summary>
internal sealed class RunProgress(Action<string> report, TimeProvider time)
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
        report(run.Total == 0 ? run.Stage : string.Create(CultureInfo.InvariantCulture, $"{run.Stage}: {run.Done} of {run.Total}"));
    }
}
