using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Runs;
using ThanoSql.Messages;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Query.Training;

/// <summary>
/// BUILD, FIT, UPLOAD, DELETE and GET THANOSQL MODEL: queues a run for a trainer and follows it to its end. A client that goes away cancels it,
/// unless it says otherwise; a service that stops leaves it to its trainer, and says so.
/// </summary>
internal sealed partial class TrainingHandler(
    TrainingQueue queue, RunWatch watch, Announcer announcer, DatabaseOutage outage, IOptions<QueryLimits> limits, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<TrainingHandler> logger)
{
    public async Task<StatementOutcome> RunAsync(StatementRequest request, Statement statement, Name model, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Write, statement.Verb);
        if (statement is BuildModelStatement build && OtherAlgorithms.Refusal(request.Text, build, build.Algorithm, []) is { } refusal)
            throw refusal;
        if (statement is BuildModelStatement or FitModelStatement)
            request.Report("Building model...");
        var run = await AddAsync(request, model, cancellationToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, request.Left, lifetime.ApplicationStopping);
        try
        {
            await announcer.SendAsync(new TrainingRequested(run), end.Token);
            var ended = await FollowAsync(run, request, end.Token);
            return ended.State is RunState.Promoted or RunState.Tried ? new StatementOutcome(statement.Verb) : throw Failure(ended, request.Text);
        }
        catch (Exception left) when (left is not QueryException && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await LeaveAsync(run);
            throw Leaving(run, model);
        }
        catch (Exception left) when (left is not QueryException)
        {
            await (request.Left.IsCancellationRequested ? LeaveAsync(run) : CancelAsync(run));
            throw;
        }
    }

    /// <summary>GET THANOSQL MODEL: weights belong where models are built, so a trainer fetches them.</summary>
    public Task<StatementOutcome> GetAsync(StatementRequest request, GetModelStatement statement, CancellationToken cancellationToken)
    {
        if (PrebuiltTrunks.AlgorithmOf(statement.Model.Text) is not null)
            return RunAsync(request, statement, statement.NewName ?? statement.Model, cancellationToken);
        var known = $"There are: {string.Join(", ", PrebuiltTrunks.All.Select(t => t.Name))}.";
        throw OtherAlgorithms.Refusal(request.Text, statement, statement.Model, []) is { } other
            ? new QueryException(other.Code, other.Message, other.Position, known)
            : new QueryException(
                ErrorCode.UnknownModel, $"There is no prebuilt model '{statement.Model}'.", TextPosition.Of(request.Text, statement.Model.Span.Start),
                known);
    }

    /// <summary>From now on the run is wanted although nobody waits for it.</summary>
    private async Task LeaveAsync(long run)
    {
        using var patience = new CancellationTokenSource(GracePeriod.Usual, time);
        try
        {
            await queue.KeepAsync(run, patience.Token);
        }
        catch (Exception failed) when (failed is NpgsqlException or OperationCanceledException)
        {
            LogNotKept(run, failed.Message);
        }
    }

    private static QueryException Leaving(long run, Name model) => new(
        ErrorCode.Stopping, $"This service stops. Training run {run} of model '{model.Folded}' goes on without it.",
        hint: $"Follow it: SELECT state, stage, outcome, log FROM thanosql.training_runs WHERE run_id = {run}")
    {
        Run = run,
    };

    // Where the database is out as well, the run ends when nobody has wanted it for a while.
    private async Task CancelAsync(long run)
    {
        try
        {
            await queue.CancelAsync(run, CancellationToken.None);
        }
        catch (NpgsqlException failed)
        {
            LogNotCancelled(run, failed.Message);
        }
    }

    private async Task<long> AddAsync(StatementRequest request, Name model, CancellationToken cancellationToken)
    {
        var (token, most) = (request.Token, limits.Value);
        try
        {
            var run = new NewTrainingRun(model.Folded, RunTrigger.Statement, request.Text, token.Scope)
            {
                By = Actor.OfToken(token.Name),
                Waiting = new WaitingToken(token.Name, most.TokenRuns, most.Runs),
            };
            return await queue.AddAsync(run, cancellationToken);
        }
        catch (TrainingRunOpenException open)
        {
            throw new QueryException(ErrorCode.AlreadyExists, open.Message, inner: open);
        }
        catch (TooManyRunsException full)
        {
            throw full.IsTokens
                ? new QueryException(
                    ErrorCode.TooManyRequests, $"The token '{token.Name}' has {most.TokenRuns} training runs open (Query:Limits:TokenRuns).",
                    hint: "Ask again when one of them has ended: SELECT * FROM thanosql.training_runs", inner: full)
                : new QueryException(
                    ErrorCode.Busy, $"{most.Runs} training runs are open (Query:Limits:Runs).", hint: "Ask again in a moment.", inner: full);
        }
    }

    private async Task<TrainingRun> FollowAsync(long runId, StatementRequest request, CancellationToken cancellationToken)
    {
        using var changes = watch.Follow(runId);
        var progress = new RunProgress(request.Report, request.Progress, time);
        while (true)
        {
            if (await LookAsync(runId, cancellationToken) is { } run)
            {
                progress.Show(run);
                if (run.IsOver)
                    return run;
            }
            await changes.NextAsync(cancellationToken);
        }
    }

    /// <returns>Null while the database is out: the run outlives that, and so does who waits for it.</returns>
    private async Task<TrainingRun?> LookAsync(long runId, CancellationToken cancellationToken)
    {
        try
        {
            return await queue.FindAsync(runId, cancellationToken)
                ?? throw new QueryException(ErrorCode.Cancelled, "The training run is gone from the catalog.");
        }
        catch (NpgsqlException error) when (outage.Noticed(error))
        {
            return null;
        }
    }

    private static QueryException Failure(TrainingRun run, string text) => new(
        run.ErrorCode is { } code ? ErrorCode.Parse(code) : run.State == RunState.Cancelled ? ErrorCode.Cancelled : ErrorCode.BuildFailed,
        run.Outcome ?? $"The training run ended as '{run.State}'.",
        run.ErrorOffset is { } at ? TextPosition.Of(text, at) : null,
        run.ErrorHint);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Training run {Run} ends in a minute unless a trainer has begun it by then, since it could not be kept: {Reason}")]
    private partial void LogNotKept(long run, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Training run {Run} could not be cancelled: {Reason}")]
    private partial void LogNotCancelled(long run, string reason);
}
