using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Query.Images;

/// <summary>
/// Tells when pictures are in the index. However many requests wait, they share one look at a time, on a connection that is set aside; nobody looks
/// while nobody waits.
/// </summary>
internal sealed partial class PictureWatch(ServiceDatabase database, DatabaseOutage outage, TimeProvider time, ILogger<PictureWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    private readonly ImageStates _images = new(database.Source);
    private readonly ConcurrentDictionary<Awaited, bool> _awaited = [];
    private readonly SemaphoreSlim _wanted = new(0, 1);

    /// <summary>Waits until the row of a picture is committed as it was stored.</summary>
    /// <returns>Whether it was in that time.</returns>
    public async Task<bool> WaitAsync(ObjectInfo stored, TimeSpan within, CancellationToken cancellationToken)
    {
        var awaited = new Awaited(stored);
        _awaited[awaited] = true;
        Wake();
        try
        {
            await awaited.Settled.Task.WaitAsync(within, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            _awaited.TryRemove(awaited, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_awaited.IsEmpty)
                await _wanted.WaitAsync(stoppingToken);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogPutOff(error.Message);
            }
            await Task.Delay(Every, time, stoppingToken);
        }
    }

    public override void Dispose()
    {
        _wanted.Dispose();
        base.Dispose();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var awaited = _awaited.Keys.ToList();
        if (awaited.Count == 0)
            return;
        foreach (var place in await _images.SettledAsync(awaited.ConvertAll(a => a.Stored), cancellationToken))
            awaited[place].Settled.TrySetResult();
    }

    private void Wake()
    {
        try
        {
            _wanted.Release();
        }
        catch (SemaphoreFullException)
        {
            // woken already
        }
    }

    private sealed class Awaited(ObjectInfo stored)
    {
        public ObjectInfo Stored => stored;

        public TaskCompletionSource Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether pictures are indexed could not be looked up: {Reason}")]
    private partial void LogPutOff(string reason);
}
