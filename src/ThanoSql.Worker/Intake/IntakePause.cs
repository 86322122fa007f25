using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Worker.Intake;

/// <summary>
/// Takes no events from the broker while the database is out. A broker takes messages back that are held too long (RabbitMQ after half an hour), and
/// drops what it delivered in vain too often; in their queue they wait as long as it takes. A sweep follows each pause, for what was lost all the
/// same.
/// </summary>
/// <remarks>The in-memory bus has no such limits and could not take messages back: there events wait in their consumers.</remarks>
internal sealed partial class IntakePause : BackgroundService, IReceiveEndpointObserver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5); // a restart of the database is no reason
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(5);

    private readonly ImageIntake _intake;
    private readonly DatabaseOutage _outage;
    private readonly SweepSchedule _sweeps;
    private readonly TimeProvider _time;
    private readonly ILogger<IntakePause> _logger;
    private readonly Dictionary<Uri, IReceiveEndpoint> _endpoints = [];
    private readonly GracePeriod _stopping;
    private CancellationTokenSource _pausing;
    private long? _resumedAt;
    private TimeSpan _hold;

    public IntakePause(
        ImageIntake intake, DatabaseOutage outage, SweepSchedule sweeps, IHostApplicationLifetime lifetime, TimeProvider time,
        ILogger<IntakePause> logger)
    {
        (_intake, _outage, _sweeps, _time, _logger) = (intake, outage, sweeps, time, logger);
        _stopping = new GracePeriod(lifetime.ApplicationStopping);
        _pausing = Pausing();
    }

    /// <summary>Cancelled when events have to go back: with the next pause, or soon after the process is told to end.</summary>
    public CancellationToken Token => Volatile.Read(ref _pausing).Token;

    public Task Ready(ReceiveEndpointReady ready)
    {
        if (ready.InputAddress.Scheme is "rabbitmq" or "rabbitmqs" or "amqp" or "amqps")
        {
            lock (_endpoints)
                _endpoints[ready.InputAddress] = ready.ReceiveEndpoint;
        }
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    public override void Dispose()
    {
        _pausing.Dispose();
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _outage.WaitAsync(stoppingToken);
            if (Endpoints() is { Count: > 0 } endpoints && await IsOutAsync(stoppingToken))
                await PauseAsync(endpoints, stoppingToken);
            await Task.Delay(Between, _time, stoppingToken);
        }
    }

    /// <summary>Whether it stays out: what somebody noticed may be over, or another table's trouble.</summary>
    private async Task<bool> IsOutAsync(CancellationToken cancellationToken)
    {
        for (var since = _time.GetTimestamp(); !await AnswersAsync(cancellationToken); await Task.Delay(Between, _time, cancellationToken))
        {
            if (_time.GetElapsedTime(since) >= Patience)
                return true;
        }
        return false;
    }

    private async Task PauseAsync(List<IReceiveEndpoint> endpoints, CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        LogPaused();
        await _pausing.CancelAsync();
        await Task.WhenAll(endpoints.Select(endpoint => StopAsync(endpoint, cancellationToken)));
        await Task.Delay(NextHold(), _time, cancellationToken);
        while (!await AnswersAsync(cancellationToken))
            await Task.Delay(Between, _time, cancellationToken);
        Interlocked.Exchange(ref _pausing, Pausing()).Dispose();
        foreach (var endpoint in endpoints)
            endpoint.Start(CancellationToken.None);
        _resumedAt = _time.GetTimestamp();
        LogResumed(_time.GetElapsedTime(since));
        _sweeps.AskAnew();
    }

    private async Task StopAsync(IReceiveEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await endpoint.Stop(cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotStopped(endpoint.InputAddress, error.Message); // the broker is out as well
        }
    }

    // Each pause costs every message that was held a delivery: a database that comes and goes is left alone longer and longer
    private TimeSpan NextHold()
    {
        var again = _resumedAt is { } last && _time.GetElapsedTime(last) < Calm;
        _hold = !again ? TimeSpan.Zero : _hold == TimeSpan.Zero ? Patience : _hold * 2 < LongestHold ? _hold * 2 : LongestHold;
        return _hold;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _intake.ProbeAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException error)
        {
            if (!_outage.Noticed(error))
                LogUnusable(error.Message);
            return false;
        }
    }

    private CancellationTokenSource Pausing() => CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);

    private List<IReceiveEndpoint> Endpoints()
    {
        lock (_endpoints)
            return [.. _endpoints.Values];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database stays out: events wait in the broker's queues until it is back")]
    private partial void LogPaused();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is back after {Pause}: events are taken again, and a sweep follows")]
    private partial void LogResumed(TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Queue} could not be left alone in order: {Reason}")]
    private partial void LogNotStopped(Uri queue, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The database refuses what every event needs: {Reason}")]
    private partial void LogUnusable(string reason);
}

/// <summary>At the end of an endpoint's pipe for errors: events that were put back are no errors, and stay in their queue.</summary>
internal sealed class PutBack : IFilter<ExceptionReceiveContext>
{
    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) =>
        context.Exception is EventsPutBackException ? Task.FromException(context.Exception) : next.Send(context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("put-back");
}
