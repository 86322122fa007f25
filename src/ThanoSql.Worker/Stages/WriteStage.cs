using Polly;

namespace ThanoSql.Worker.Stages;

/// <summary>Collects finished images into batches and commits them, one transaction at a time. Waits out a database that is down.</summary>
internal sealed partial class WriteStage(
    BatchWriter writer, ImageLeases leases, IndexingTelemetry telemetry, TimeProvider time, IOptions<IndexingOptions> options,
    ILogger<WriteStage> logger)
{
    private const int MostContentions = 50;
    private static readonly TimeSpan ContentionPause = TimeSpan.FromMilliseconds(200);

    private readonly ResiliencePipeline _patience = DatabasePatience.Create(time, logger);

    /// <summary>Reads until the channel ends.</summary>
    /// <param name="done">Images with their result, or with the content to write.</param>
    /// <param name="expectsMore">Whether further images are on their way, so that a short wait makes a larger batch.</param>
    /// <param name="again">Takes back images whose row was locked, or whose look is outdated.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(ChannelReader<Work> done, Func<int, bool> expectsMore, Action<Work> again, CancellationToken cancellationToken)
    {
        while (await done.WaitToReadAsync(cancellationToken))
        {
            var batch = await CollectAsync(done, expectsMore, cancellationToken);
            var since = Stopwatch.GetTimestamp();
            var stages = batch.ConvertAll(work => work.Stage("write"));
            await WriteAsync(batch, again, cancellationToken);
            stages.ForEach(stage => stage?.Dispose());
            telemetry.Stage("write", since);
        }
    }

    private async Task<List<Work>> CollectAsync(ChannelReader<Work> done, Func<int, bool> expectsMore, CancellationToken cancellationToken)
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
            var left = options.Value.Linger - time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero || !expectsMore(batch.Count))
                break;
            if (!await WaitAsync(done, left, cancellationToken))
                break;
        }
        return batch;
    }

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

    private async Task WriteAsync(List<Work> batch, Action<Work> again, CancellationToken cancellationToken)
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
            await LeaveAsync([.. batch.Except(written)], again, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await IsolateAsync(batch, error, again, cancellationToken);
        }
    }

    /// <summary>One image may have spoilt the transaction: each is tried alone, and the one that fails waits.</summary>
    private async Task IsolateAsync(List<Work> batch, Exception error, Action<Work> again, CancellationToken cancellationToken)
    {
        if (batch.Count > 1)
        {
            foreach (var work in batch)
                await WriteAsync([work], again, cancellationToken);
            return;
        }
        LogRefused(error, batch[0].Image.Bucket, batch[0].Image.Key);
        if (batch[0].Result is ImageResult.Failed { Kind: FailureKind.Transient })
        {
            batch[0].Settle(); // its lease runs out, and it is looked at again
            return;
        }
        batch[0].Fail(FailureKind.Transient, $"catalog: {error.Message}");
        await WriteAsync(batch, again, cancellationToken);
    }

    private async Task LeaveAsync(List<Work> left, Action<Work> again, CancellationToken cancellationToken)
    {
        if (left.Count == 0)
            return;
        var ours = await _patience.ExecuteAsync(
            async token => await leases.StillOursAsync([.. left.Select(w => w.Image)], token), cancellationToken);
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
}
