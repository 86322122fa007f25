using Polly;

namespace ThanoSql.Worker.Stages;

/// <summary>
/// Collects finished images, and commits those of each table beside those of others: a table that is slow to write holds up its own images alone.
/// Waits out a database that is down.
/// </summary>
internal sealed partial class WriteStage(
    BatchWriter writer, ServingMap serving, ImageLeases leases, OrphanContents orphans, IndexingTelemetry telemetry, DatabaseOutage outage,
    TimeProvider time, IOptions<IndexingOptions> options, ILogger<WriteStage> logger)
{
    private const int MostContentions = 50;
    private static readonly TimeSpan BacklogLinger = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ContentionPause = TimeSpan.FromMilliseconds(200);

    private readonly ResiliencePipeline _patience = DatabasePatience.Create(time, outage);

    /// <summary>Reads until the channel ends.</summary>
    /// <param name="done">Images with their result, or with the content to write.</param>
    /// <param name="inFlight">
    /// How many images are on their way: a wait makes larger batches, and a transaction costs as much as some twenty rows.
    /// </param>
    /// <param name="again">Takes back images whose row was locked, or whose look is outdated.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(ChannelReader<Work> done, Func<InFlight> inFlight, Action<Work> again, CancellationToken cancellationToken)
    {
        var lanes = new WriteLanes(options.Value.WriteBatch, (batch, token) => WriteAsync(batch, again, token), cancellationToken);
        try
        {
            await await Task.WhenAny(AssignAsync(done, inFlight, lanes, cancellationToken), lanes.Failure);
        }
        finally
        {
            await lanes.CompleteAsync();
        }
    }

    private async Task AssignAsync(ChannelReader<Work> done, Func<InFlight> inFlight, WriteLanes lanes, CancellationToken cancellationToken)
    {
        while (await done.WaitToReadAsync(cancellationToken))
        {
            var works = await CollectAsync(done, inFlight, cancellationToken);
            foreach (var batch in await AssignAsync(works, cancellationToken))
                lanes.Add(batch);
        }
    }

    /// <summary>To the tables that a work belongs to. Works whose tables cannot be told are looked at again later.</summary>
    private async Task<List<TableBatch>> AssignAsync(List<Work> works, CancellationToken cancellationToken)
    {
        try
        {
            return await _patience.ExecuteAsync(async token => await TablesOfAsync(works, token), cancellationToken);
        }
        catch (PostgresException error)
        {
            LogUnassigned(error, works.Count);
            works.ForEach(work => work.Fail(FailureKind.Transient, $"catalog: {error.Message}"));
            return [new TableBatch(await serving.CurrentAsync(cancellationToken), [], works)];
        }
    }

    /// <summary>By prefix, or because a row names it.</summary>
    private async Task<List<TableBatch>> TablesOfAsync(List<Work> works, CancellationToken cancellationToken)
    {
        var now = await serving.CurrentAsync(cancellationToken);
        works.ForEach(work => work.Unasked = []);
        var tables = works.ToDictionary(w => w, _ => new List<int>());
        for (var i = 0; i < now.Tables.Count; i++)
        {
            var table = now.Tables[i];
            var others = works.Where(w => !table.Covers(w.Image.Bucket, w.Image.Key)).Select(w => w.Image).ToList();
            var named = others.Count == 0 ? [] : await serving.NamedAsync(table, others, cancellationToken);
            foreach (var work in works)
            {
                if (table.Covers(work.Image.Bucket, work.Image.Key) || named?.Contains(work.Image.ImageId) is true)
                    tables[work].Add(i);
                else if (named is null)
                    work.Unasked = [.. work.Unasked, table.Id];
            }
        }
        return [.. works.GroupBy(w => string.Join(',', tables[w]))
            .Select(g => new TableBatch(now, [.. tables[g.First()].Select(i => now.Tables[i])], [.. g]))];
    }

    private async Task<List<Work>> CollectAsync(ChannelReader<Work> done, Func<InFlight> inFlight, CancellationToken cancellationToken)
    {
        var batch = new List<Work>();
        var since = time.GetTimestamp();
        while (batch.Count < options.Value.WriteBatch)
        {
            if (done.TryRead(out var work))
            {
                batch.Add(work);
                continue;
            }
            var onTheWay = inFlight();
            var left = LingerOf(batch, onTheWay) - time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero || onTheWay.All <= batch.Count)
                break;
            if (!await WaitAsync(done, left, cancellationToken))
                break;
        }
        return batch;
    }

    // With so many like it on the way, nobody notices that a picture waits for its batch to be full
    private TimeSpan LingerOf(List<Work> batch, InFlight onTheWay) =>
        (batch.Exists(work => work.IsNews) ? onTheWay.News : onTheWay.All) > options.Value.WriteBatch ? BacklogLinger : options.Value.Linger;

    private static async Task<bool> WaitAsync(ChannelReader<Work> done, TimeSpan most, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(most);
        try
        {
            return await done.WaitToReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task WriteAsync(TableBatch batch, Action<Work> again, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        var stages = batch.Works.Select(work => work.Stage("write")).ToList();
        await TryAsync(batch, again, cancellationToken);
        stages.ForEach(stage => stage?.Dispose());
        telemetry.Stage("write", since);
    }

    private async Task TryAsync(TableBatch batch, Action<Work> again, CancellationToken cancellationToken)
    {
        try
        {
            var written = await _patience.ExecuteAsync(async token => await writer.WriteAsync(batch, token), cancellationToken);
            telemetry.Batch(written.Count);
            foreach (var work in written)
            {
                telemetry.Settled(work.Outcome!, time.GetUtcNow());
                work.Settle();
            }
            await LeaveAsync([.. batch.Works.Except(written)], again, cancellationToken);
        }
        catch (ServingChangedException)
        {
            serving.Forget();
            foreach (var assigned in await AssignAsync([.. batch.Works], cancellationToken))
                await TryAsync(assigned, again, cancellationToken);
        }
        catch (TableTroubleException trouble)
        {
            LogTrouble(batch.Works.Count, trouble.Message);
            await FailAsync(batch, $"table: {trouble.Message}", again, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await IsolateAsync(batch, error, again, cancellationToken);
        }
    }

    /// <summary>One image may have spoilt the transaction: each is tried alone, and the one that fails waits.</summary>
    private async Task IsolateAsync(TableBatch batch, Exception error, Action<Work> again, CancellationToken cancellationToken)
    {
        if (batch.Works.Count > 1)
        {
            foreach (var work in batch.Works)
                await TryAsync(batch with { Works = [work] }, again, cancellationToken);
            return;
        }
        var only = batch.Works[0];
        LogRefused(error, only.Image.Bucket, only.Image.Key);
        await FailAsync(batch, $"catalog: {error.Message}", again, cancellationToken);
    }

    /// <summary>The images are looked at again later.</summary>
    private async Task FailAsync(TableBatch batch, string reason, Action<Work> again, CancellationToken cancellationToken)
    {
        var failed = batch.Works.Where(w => w.Result is not ImageResult.Failed { Kind: FailureKind.Transient }).ToList();
        failed.ForEach(work => work.Fail(FailureKind.Transient, reason));
        if (failed.Count > 0 || batch.Tables.Count > 0)
        {
            await TryAsync(batch with { Tables = [] }, again, cancellationToken);
            return;
        }
        foreach (var work in batch.Works)
            work.Settle(); // not even that could be written: their leases run out
    }

    private async Task LeaveAsync(List<Work> left, Action<Work> again, CancellationToken cancellationToken)
    {
        if (left.Count == 0)
            return;
        var ours = await _patience.ExecuteAsync(
            async token => await leases.StillOursAsync([.. left.Select(w => w.Image)], token), cancellationToken);
        var lost = left.Where(w => w.ContentId is not null && !ours.Contains((w.Image.ImageId, w.Image.Generation)))
            .Select(w => (w.Image.ImageId, w.ContentId!.Value)).ToList();
        if (lost.Count > 0)
            await _patience.ExecuteAsync(async token => await orphans.RemoveForgottenAsync(lost, token), cancellationToken);
        foreach (var work in left)
        {
            if (!ours.Contains((work.Image.ImageId, work.Image.Generation)))
                work.Settle(); // changed meanwhile: it is due again and comes back
            else if (work.Contended++ < MostContentions)
                _ = LaterAsync(work, again, cancellationToken);
            else
                await GiveBackAsync(work, cancellationToken);
        }
    }

    private async Task LaterAsync(Work work, Action<Work> again, CancellationToken cancellationToken)
    {
        await Task.Delay(ContentionPause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancellationToken.IsCancellationRequested)
            work.Settle();
        else
            again(work);
    }

    private async Task GiveBackAsync(Work work, CancellationToken cancellationToken)
    {
        await leases.ReturnAsync([work.Image.ImageId], cancellationToken);
        work.Settle();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What was found out about s3://{Bucket}/{Key} could not be written")]
    private partial void LogRefused(Exception error, string bucket, string key);

    [LoggerMessage(Level = LogLevel.Error, Message = "The tables of {Images} images could not be found")]
    private partial void LogUnassigned(Exception error, int images);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Images} images wait for their table: {Reason}")]
    private partial void LogTrouble(int images, string reason);
}

/// <summary>How many images are on their way.</summary>
/// <param name="All">Of whatever origin.</param>
/// <param name="News">Those that an event announced just now.</param>
internal readonly record struct InFlight(int All, int News);
