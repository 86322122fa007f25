using System.Collections.Concurrent;

namespace ThanoSql.Worker.Stages;

/// <summary>
/// Reading, embedding and writing at the same time. Events wait until their images are settled, so that a slow stage holds up those before it, down
/// to the broker.
/// </summary>
internal sealed partial class IndexingEngine(
    ImageLeases leases, ReadStage reading, EmbedStage embedding, WriteStage writing, DatabaseOutage outage,
    IOptions<IndexingOptions> options, ILogger<IndexingEngine> logger) : BackgroundService
{
    // So many go on to their embedding together that they share their look-ups
    private const int ReadTogether = 8;

    // Unbounded channels are bounded by what is in flight
    private readonly Channel<Work> _due = Channel.CreateUnboundedPrioritized<Work>(new() { Comparer = Comparer<Work>.Create(NewsFirst) });
    private readonly Channel<Work> _read = Channel.CreateBounded<Work>(ReadTogether + embedding.Threads); // holds pictures
    private readonly Channel<Work> _done = Channel.CreateUnbounded<Work>();
    private readonly ConcurrentDictionary<Work, long> _inFlight = new(); // an image that changes is there twice for a while
    private int _newsInFlight;

    private readonly SemaphoreSlim _entry = new(1, 1);
    private volatile bool _closed;

    /// <summary>Takes those of the images that are due and free, and waits until each is committed, failed, or left to another look.</summary>
    public async Task SubmitAsync(IReadOnlyCollection<long> images, CancellationToken cancellationToken)
    {
        if (images.Count == 0)
            return;
        var works = await EnterAsync(() => leases.TakeAsync(images), isNews: true, cancellationToken);
        await Task.WhenAll(works.Select(w => w.Settled)).WaitAsync(cancellationToken);
    }

    /// <summary>Takes due images that no event announced here, when there is room for many; does not wait for their end.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> TakeDueAsync(CancellationToken cancellationToken)
    {
        var most = options.Value.Batches * options.Value.WriteBatch;
        var room = most - _inFlight.Count;
        if (room < most / 2)
            return true;
        return (await EnterAsync(() => leases.TakeDueAsync(room), isNews: false, cancellationToken)).Count == room;
    }

    /// <summary>
    /// Takes one image that a process may have died over, and looks at it while nothing else is in work: if this process dies too, it is the one.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> TakeSuspectAsync(CancellationToken cancellationToken)
    {
        if (!await leases.AnySuspectAsync([.. _inFlight.Values], cancellationToken))
            return false; // before the images in work are waited for
        await _entry.WaitAsync(cancellationToken);
        try
        {
            await Task.WhenAll(_inFlight.Keys.Select(w => w.Settled)).WaitAsync(cancellationToken);
            if (_closed)
                return false;
            var works = Send(await leases.TakeSuspectAsync(), isNews: false);
            await Task.WhenAll(works.Select(w => w.Settled)).WaitAsync(cancellationToken);
            return works.Count > 0;
        }
        finally
        {
            _entry.Release();
        }
    }

    public override void Dispose()
    {
        _entry.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var threads = new EmbedThreads(embedding, _read.Reader, Finish, stoppingToken);
        var stages = Enumerable.Range(0, (options.Value.Readers + ReadTogether - 1) / ReadTogether).Select(_ => ReadAsync(stoppingToken))
            .Append(writing.RunAsync(_done.Reader, () => new InFlight(_inFlight.Count, _newsInFlight), Again, stoppingToken))
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

    /// <summary>
    /// From here on nothing is taken, though events come until the bus stops. What is not finished is due again at once, for other workers or the
    /// next start. A database that is out gets no more than a moment.
    /// </summary>
    private async Task GiveBackAsync()
    {
        using var patience = new CancellationTokenSource(GracePeriod.Usual);
        var entered = await TryEnterAsync(patience.Token); // no call is taking images any more
        _closed = true;
        if (entered)
            _entry.Release();
        foreach (var work in _inFlight.Keys)
            work.Settle();
        try
        {
            await leases.ReturnAllAsync(patience.Token);
        }
        catch (Exception error) when (error is NpgsqlException or OperationCanceledException)
        {
            LogNotReturned(error.Message);
        }
    }

    private async Task<bool> TryEnterAsync(CancellationToken patience)
    {
        try
        {
            await _entry.WaitAsync(patience);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<Work>> EnterAsync(Func<Task<List<ClaimedImage>>> take, bool isNews, CancellationToken cancellationToken)
    {
        await _entry.WaitAsync(cancellationToken);
        try
        {
            return _closed ? [] : Send(await take(), isNews);
        }
        finally
        {
            _entry.Release();
        }
    }

    private List<Work> Send(List<ClaimedImage> claimed, bool isNews)
    {
        var works = claimed.ConvertAll(image => new Work(image, Trace(image)) { IsNews = isNews });
        foreach (var work in works)
        {
            _inFlight[work] = work.Image.ImageId;
            if (isNews)
                Interlocked.Increment(ref _newsInFlight);
            _ = work.Settled.ContinueWith(
                _ => Leave(work), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            _due.Writer.TryWrite(work);
        }
        return works;
    }

    private void Leave(Work work)
    {
        _inFlight.TryRemove(work, out _);
        if (work.IsNews)
            Interlocked.Decrement(ref _newsInFlight);
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var together = new List<Task>(ReadTogether);
        while (await _due.Reader.WaitToReadAsync(cancellationToken))
        {
            while (together.Count < Math.Min(ReadTogether, options.Value.Readers) && _due.Reader.TryRead(out var work))
                together.Add(ReadAsync(work, cancellationToken));
            await Task.WhenAll(together);
            together.Clear();
        }
    }

    private async Task ReadAsync(Work work, CancellationToken cancellationToken)
    {
        await reading.RunAsync(work, cancellationToken);
        if (work.WantsEmbedding)
            await _read.Writer.WriteAsync(work, cancellationToken);
        else
            Finish(work);
    }

    // Somebody waits for what was just uploaded; of a backlog nobody knows when its turn comes
    private static int NewsFirst(Work one, Work other) =>
        one.IsNews == other.IsNews ? one.Since.CompareTo(other.Since) : other.IsNews.CompareTo(one.IsNews);

    private void Finish(Work work) => _done.Writer.TryWrite(work);

    private void Again(Work work)
    {
        if (!work.IsOutdated)
        {
            Finish(work);
            return;
        }
        work.LookAgain();
        _due.Writer.TryWrite(work);
    }

    private async Task KeepLeasesAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Value.Lease / 3);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var held = _inFlight.Values.ToArray();
            if (held.Length == 0)
                continue;
            try
            {
                await leases.RenewAsync(held, cancellationToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases could not be renewed: {Reason}")]
    private partial void LogNotRenewed(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Images could not be given back, and wait until their leases run out: {Reason}")]
    private partial void LogNotReturned(string reason);
}
