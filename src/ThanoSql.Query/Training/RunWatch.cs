using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Runs;

namespace ThanoSql.Query.Training;

/// <summary>
/// Listens for changes of training runs, on one connection for everybody who waits for one, and keeps saying that they are waited for.
/// </summary>
internal sealed partial class RunWatch(
    TrainingQueue queue, ServiceDatabase database, DatabaseOutage outage, TimeProvider time, ILogger<RunWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(2); // also without a notification

    private readonly ConcurrentDictionary<long, FollowedRun> _followed = [];

    /// <summary>The changes of a run from now on.</summary>
    public FollowedRun Follow(long run) => _followed[run] = new FollowedRun(run, done => _followed.TryRemove(new(done.Run, done)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken) => await Task.WhenAll(
        RepeatAsync(ListenAsync, stoppingToken), RepeatAsync(LookAsync, stoppingToken));

    private async Task RepeatAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await work(stopping);
            }
            catch (NpgsqlException failed)
            {
                if (!outage.Noticed(failed))
                    LogDeaf(failed.Message);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(Glance, time, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        await using var connection = await database.Source.OpenConnectionAsync(stopping);
        connection.Notification += (_, change) =>
        {
            if (long.TryParse(change.Payload, CultureInfo.InvariantCulture, out var run) && _followed.TryGetValue(run, out var followed))
                followed.Tell();
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {TrainingQueue.Channel}", connection))
            await listen.ExecuteNonQueryAsync(stopping);
        while (true)
            await connection.WaitAsync(stopping);
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        if (_followed.IsEmpty)
            return;
        foreach (var followed in _followed.Values)
            followed.Tell();
        await queue.WantAsync([.. _followed.Keys], stopping);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Training runs are looked at now and then only: {Reason}")]
    private partial void LogDeaf(string reason);
}

/// <summary>A run that somebody waits for.</summary>
internal sealed class FollowedRun(long run, Action<FollowedRun> forget) : IDisposable
{
    private readonly SemaphoreSlim _changed = new(0, 1);

    public long Run => run;

    public void Tell()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // told already
        }
    }

    /// <summary>Ends with the next change, or a little later without one.</summary>
    public Task NextAsync(CancellationToken cancellationToken) => _changed.WaitAsync(cancellationToken);

    public void Dispose() => forget(this);
}
