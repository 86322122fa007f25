using Npgsql;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Query.Statements;

namespace ThanoSql.Query.Training;

/// <summary>BUILD, FIT, UPLOAD and DELETE MODEL: queues a run for a trainer and follows it to its end. A client that goes away cancels it.</summary>
public sealed class TrainingHandler(TrainingQueue queue, NpgsqlDataSource owner, TrainingWakeUp wakeUp, TimeProvider time)
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
            await wakeUp.SendAsync(run, cancellationToken);
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
                new NewTrainingRun(model.Folded, RunTrigger.Statement, request.Text, request.Token.Scope), cancellationToken);
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
            var run = await queue.FindAsync(runId, cancellationToken) ?? throw new QueryException(
                ErrorCode.Cancelled, "The training run is gone from the catalog.");
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
