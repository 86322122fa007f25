using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Trainer.Runs;

/// <summary>Takes runs from the queue, one after another, also those of trainers that died.</summary>
internal sealed partial class RunService(
    TrainingQueue queue, TrainerWakeUp wakeUp, RunFiles files, DatabaseOutage outage, IServiceScopeFactory scopes,
    IOptions<TrainingOptions> options, ILogger<RunService> logger) : BackgroundService
{
    private static readonly TimeSpan ForSpace = TimeSpan.FromSeconds(10);

    private readonly Guid _runner = Guid.NewGuid();
    private LeftRun? _left;

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
        catch (Exception e) when (e is NpgsqlException or TrainingLeaseLostException || DatabaseTrouble.Caused(e))
        {
            // The run stays in the queue: its lease runs out, and whoever is there then takes it up
            if (!outage.Noticed(e))
                LogSetback(DatabaseTrouble.Describe(e));
            return false;
        }
    }

    /// <summary>Takes the next run, if there is one, and works on it to its end.</summary>
    /// <returns>Whether there was one.</returns>
    internal async Task<bool> RunOneAsync(CancellationToken cancellationToken)
    {
        await ReturnAsync();
        foreach (var ahead in await queue.VoidAheadAsync(options.Value.Lease, cancellationToken))
            LogAhead(ahead);
        if (await queue.TakeAsync(_runner, options.Value.Lease, cancellationToken) is not { } run)
            return false;
        LogTaken(run.RunId, run.Model, run.Trigger);
        var lease = queue.LeaseOf(run, _runner);
        _left = new LeftRun(lease, null);
        try
        {
            await RunAsync(run, lease, cancellationToken);
            _left = null;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            await ReturnAsync(); // this process ends in order
            throw;
        }
        catch (Exception e) when (Setback.Of(e) is { } setback)
        {
            LogPutOff(run.RunId, setback.Message);
            outage.Noticed(setback);
            _left = new LeftRun(lease, setback);
            await ReturnAsync(); // where the database is still out, before the next run instead
        }
        return true;
    }

    /// <summary>Hands the run back that was left before its end: it did not end this process, so it counts as no crash.</summary>
    private async Task ReturnAsync()
    {
        using var patience = new CancellationTokenSource(GracePeriod.Usual);
        if (_left is { Setback: { } setback, Lease: var held })
        {
            var forSpace = DatabaseTrouble.IsFullDisk(setback); // as long as it takes, but soon after there is some
            var pause = forSpace ? ForSpace : Setback.Pause(held.Run.Setbacks, options.Value.FirstRetry, options.Value.LongestRetry);
            await held.PutOffAsync(pause, Setback.Words(setback, pause), counts: !forSpace, patience.Token);
        }
        else if (_left is { Lease: var left })
        {
            await left.ReturnAsync(patience.Token);
        }
        _left = null;
    }

    private async Task RunAsync(TrainingRun run, TrainingLease lease, CancellationToken cancellationToken)
    {
        await using var session = new RunSession(lease, options.Value.Lease, cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var end = await WorkAsync(scope.ServiceProvider.GetRequiredService<RunDispatcher>(), session, cancellationToken);
        await session.FinishAsync();
        await end(lease);
        files.Delete(run.RunId);
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
        catch (OperationCanceledException) when (session.Stopping.IsCancellationRequested && !shutdown.IsCancellationRequested)
        {
            await session.FinishAsync(); // throws what kept the lease from being held
            throw;
        }
        catch (Exception e) when (!session.GoesOn(e) && !shutdown.IsCancellationRequested)
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

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The lease of training run {RunId} was longer than Training:Lease, and is void: the database server's clock was ahead for a while, or "
        + "trainers have different settings")]
    private partial void LogAhead(long runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Training run {RunId} is put off, since the database does not answer: {Reason}")]
    private partial void LogPutOff(long runId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The queue of training runs cannot be served now, and goes on later: {Reason}")]
    private partial void LogSetback(string reason);

    /// <summary>A run that was left before its end, and why; null: this process ends.</summary>
    private sealed record LeftRun(TrainingLease Lease, Exception? Setback);
}

/// <summary>Files that a run keeps in the model folder while it lasts, so that another trainer can continue it.</summary>
internal sealed class RunFiles(IOptions<ModelOptions> options)
{
    /// <summary>In a folder that is there.</summary>
    public string PathOf(long run, string kind)
    {
        Directory.CreateDirectory(options.Value.Folder);
        return Path.Combine(options.Value.Folder, Name(run, kind));
    }

    /// <summary>The run is over.</summary>
    public void Delete(long run)
    {
        if (!Directory.Exists(options.Value.Folder))
            return;
        foreach (var file in Directory.EnumerateFiles(options.Value.Folder, Name(run, "*")))
            File.Delete(file);
    }

    private static string Name(long run, string kind) => string.Create(CultureInfo.InvariantCulture, $"run-{run}.{kind}");
}

/// <summary>Wakes an idle trainer up before its next poll of the queue.</summary>
internal sealed class TrainerWakeUp : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

    public void Wake()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _signal.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _signal.Dispose();
}

/// <summary>A message that a run was queued: look now instead of at the next poll.</summary>
internal sealed class TrainingRequestedConsumer(TrainerWakeUp wakeUp) : IConsumer<TrainingRequested>
{
    public Task Consume(ConsumeContext<TrainingRequested> context)
    {
        wakeUp.Wake();
        return Task.CompletedTask;
    }
}
