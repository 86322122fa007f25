using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Runs;
using ThanoSql.Planning;

namespace ThanoSql.Trainer.Runs;

/// <summary>Takes runs from the queue, one after another, also those of trainers that died.</summary>
internal sealed partial class RunService(
    TrainingQueue queue, NpgsqlDataSource database, TrainerWakeUp wakeUp, RunFiles files, IServiceScopeFactory scopes,
    IOptions<TrainingOptions> options,
    ILogger<RunService> logger) : BackgroundService
{
    private readonly Guid _runner = Guid.NewGuid();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!await TryRunOneAsync(stoppingToken))
                await wakeUp.WaitAsync(options.Value.PollInterval, stoppingToken);
        }
    }

    private async Task<bool> TryRunOneAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RunOneAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TrainingLeaseLostException)
        {
            // The run stays in the queue: its lease runs out, and whoever is there then takes it up
            LogSetback(e);
            return false;
        }
    }

    /// <summary>Takes the next run, if there is one, and works on it to its end.</summary>
    /// <returns>Whether there was one.</returns>
    internal async Task<bool> RunOneAsync(CancellationToken cancellationToken)
    {
        if (await queue.TakeAsync(_runner, options.Value.Lease, cancellationToken) is not { } run)
            return false;
        LogTaken(run.RunId, run.Model, run.Trigger);
        var lease = new TrainingLease(database, run, _runner);
        await using var session = new RunSession(lease, options.Value.Lease, cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var end = await WorkAsync(scope.ServiceProvider.GetRequiredService<RunDispatcher>(), session, cancellationToken);
        await session.FinishAsync();
        await end(lease);
        files.Delete(run.RunId);
        return true;
    }

    /// <returns>How to end the run in the catalog.</returns>
    private async Task<Func<TrainingLease, Task>> WorkAsync(RunDispatcher dispatcher, RunSession session, CancellationToken shutdown)
    {
        try
        {
            var result = await dispatcher.RunAsync(session);
            LogEnded(session.Run.RunId, result.State, result.Outcome);
            return lease => lease.EndAsync(result.State, result.Outcome, CancellationToken.None);
        }
        catch (OperationCanceledException) when (session.CancelAsked)
        {
            return lease => lease.EndAsync(RunState.Cancelled, "Cancelled; nothing of it remains.", CancellationToken.None);
        }
        catch (Exception e) when (e is not TrainingLeaseLostException && !shutdown.IsCancellationRequested)
        {
            var told = QueryError.OfRun(e);
            var ours = told.Code == ErrorCode.Internal;
            LogFailed(ours ? LogLevel.Error : LogLevel.Information, ours ? e : null, session.Run.RunId, e.Message);
            var error = new RunError(told.Code.Name, told.Message, told.Position?.Offset, told.Hint);
            return lease => lease.FailAsync(error, CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Training run {RunId} of model {Model} taken up ({Trigger})")]
    private partial void LogTaken(long runId, string model, RunTrigger trigger);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training run {RunId} {State}: {Outcome}")]
    private partial void LogEnded(long runId, RunState state, string outcome);

    [LoggerMessage(Message = "Training run {RunId} failed: {Reason}")]
    private partial void LogFailed(LogLevel level, Exception? exception, long runId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The queue of training runs cannot be served now")]
    private partial void LogSetback(Exception exception);
}
