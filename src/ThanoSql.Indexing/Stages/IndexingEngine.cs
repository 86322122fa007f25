using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Images;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Indexing.Stages;

/// <summary>
/// Reading, embedding and writing at the same time: bounded channels between the stages, so that a slow one holds up those before it, down to the broker.
/// </summary>
internal sealed partial class IndexingEngine(
    ImageLeases leases, ReadStage reading, EmbedStage embedding, WriteStage writing, IOptions<IndexingOptions> options, IOptions<VisionOptions> vision,
    ILogger<IndexingEngine> logger) : BackgroundService
{
    private readonly Channel<Work> due = Bounded(2 * options.Value.WriteBatch);
    private readonly Channel<Work> read = Bounded(options.Value.Readers + vision.Value.Threads);
    private readonly Channel<Work> done = Channel.CreateUnbounded<Work>(); // bounded by what is in flight
    private readonly ConcurrentDictionary<long, Work> inFlight = new();

    private readonly SemaphoreSlim entry = new(1, 1);

    /// <summary>Takes those of the images that are due and free, and waits until each is committed, failed, or left to another look.</summary>
    public async Task SubmitAsync(IReadOnlyCollection<long> images, CancellationToken cancellation)
    {
        if (images.Count == 0) return;
        var works = await EnterAsync(() => leases.TakeAsync(images, cancellation), cancellation);
        await Task.WhenAll(works.Select(w => w.Settled)).WaitAsync(cancellation);
    }

    /// <summary>Takes due images that no event announced here, as many as there is room for; does not wait for their end.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> TakeDueAsync(CancellationToken cancellation)
    {
        var room = options.Value.WriteBatch - inFlight.Count;
        if (room <= 0) return false;
        return (await EnterAsync(() => leases.TakeDueAsync(room, cancellation), cancellation)).Count == room;
    }

    /// <summary>Takes one image that a process may have died over, and looks at it while nothing else is in work: if this process dies too, it is the one.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> TakeSuspectAsync(CancellationToken cancellation)
    {
        if (!await leases.AnySuspectAsync([.. inFlight.Keys], cancellation)) return false; // nobody waits for nothing
        await entry.WaitAsync(cancellation);
        try
        {
            await Task.WhenAll(inFlight.Values.Select(w => w.Settled)).WaitAsync(cancellation);
            var works = await SendAsync(await leases.TakeSuspectAsync(cancellation), cancellation);
            await Task.WhenAll(works.Select(w => w.Settled)).WaitAsync(cancellation);
            return works.Count > 0;
        }
        finally
        {
            entry.Release();
        }
    }

    public override void Dispose()
    {
        entry.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var threads = new EmbedThreads(vision.Value.Threads, embedding, read.Reader, Finish, stoppingToken);
        var stages = Enumerable.Range(0, options.Value.Readers).Select(_ => ReadAsync(stoppingToken))
            .Append(writing.RunAsync(done.Reader, written => inFlight.Count > written, Finish, stoppingToken))
            .Append(KeepLeasesAsync(stoppingToken));
        try
        {
            await await Task.WhenAny(stages); // a stage ends only with the process, or by an error that must end it
        }
        finally
        {
            await GiveBackAsync();
        }
    }

    /// <summary>What is not finished is due again at once, for other workers or the next start.</summary>
    private async Task GiveBackAsync()
    {
        var left = inFlight.Values.ToList();
        foreach (var work in left) work.Settle();
        try
        {
            await leases.ReturnAsync([.. left.Select(w => w.Image.ImageId)], CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException error)
        {
            LogNotRenewed(error.Message); // then the leases run out
        }
    }

    private async Task<IReadOnlyList<Work>> EnterAsync(Func<Task<List<ClaimedImage>>> take, CancellationToken cancellation)
    {
        await entry.WaitAsync(cancellation);
        try
        {
            return await SendAsync(await take(), cancellation);
        }
        finally
        {
            entry.Release();
        }
    }

    private async Task<IReadOnlyList<Work>> SendAsync(List<ClaimedImage> claimed, CancellationToken cancellation)
    {
        var works = claimed.Select(image => new Work(image, Trace(image))).ToList();
        foreach (var work in works)
        {
            inFlight[work.Image.ImageId] = work;
            _ = work.Settled.ContinueWith(
                _ => inFlight.TryRemove(KeyValuePair.Create(work.Image.ImageId, work)), CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        foreach (var work in works) await due.Writer.WriteAsync(work, cancellation);
        return works;
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        await foreach (var work in due.Reader.ReadAllAsync(cancellation))
        {
            await reading.RunAsync(work, cancellation);
            if (work.Missing.Count > 0 && work.Result is null) await read.Writer.WriteAsync(work, cancellation);
            else Finish(work);
        }
    }

    private void Finish(Work work) => done.Writer.TryWrite(work);

    private async Task KeepLeasesAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(options.Value.Lease / 3);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            var held = inFlight.Keys.ToArray();
            if (held.Length == 0) continue;
            try
            {
                await leases.RenewAsync(held, cancellation);
            }
            catch (Npgsql.NpgsqlException error)
            {
                LogNotRenewed(error.Message);
            }
        }
    }

    // From the event, by the store's clock, to the row
    private static Activity? Trace(ClaimedImage image)
    {
        var outer = Activity.Current;
        var trace = IndexingTelemetry.Traces.StartActivity("index image", ActivityKind.Consumer, outer?.Context ?? default, startTime: image.EventAt)
            ?.SetTag("bucket", image.Bucket).SetTag("key", image.Key).SetTag("attempt", image.Attempts);
        Activity.Current = outer; // the next image is no part of this one
        return trace;
    }

    private static Channel<Work> Bounded(int capacity) => Channel.CreateBounded<Work>(capacity);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases could not be renewed: {Reason}")]
    private partial void LogNotRenewed(string reason);
}
