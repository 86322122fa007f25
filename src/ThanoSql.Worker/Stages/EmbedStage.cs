using ThanoSql.Vision.Inference;

namespace ThanoSql.Worker.Stages;

/// <summary>Decodes and embeds; one call uses one core, and on CUDA returns before the answer is there.</summary>
internal sealed partial class EmbedStage(IndexingTelemetry telemetry, IOptions<VisionOptions> vision, ILogger<EmbedStage> logger)
{
    /// <summary>Calls at once.</summary>
    public int Threads => vision.Value.Threads;

    public async ValueTask RunAsync(Work work)
    {
        if (!work.WantsEmbedding)
            return;
        var since = Stopwatch.GetTimestamp();
        using var stage = work.Stage("embed");
        try
        {
            await work.Look!.EmbedAsync(CancellationToken.None);
            work.Conclude();
        }
        catch (Exception error)
        {
            LogUnexpected(error, work.Image.Bucket, work.Image.Key);
            work.Fail(FailureKind.Transient, $"inference: {error.Message}");
        }
        telemetry.Stage("embed", since);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "s3://{Bucket}/{Key} could not be embedded")]
    private partial void LogUnexpected(Exception error, string bucket, string key);
}

/// <summary>One thread for each core: a shared session with as many callers is faster than threads inside one inference.</summary>
internal sealed class EmbedThreads : IAsyncDisposable
{
    private readonly List<Thread> _threads;
    private readonly CountdownEvent _open = new(1);

    public EmbedThreads(EmbedStage stage, ChannelReader<Work> source, Action<Work> finish, CancellationToken cancellationToken)
    {
        _threads = [.. Enumerable.Range(0, stage.Threads)
            .Select(i => new Thread(() => Run(stage, source, finish, cancellationToken)) { Name = $"embed {i}", IsBackground = true })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Waits for the images that are being looked at.</summary>
    /// <remarks>On another thread: this may run inside the very call that cancels the token, which must go on to reach the waiting threads.</remarks>
    public ValueTask DisposeAsync() => new(Task.Run(() =>
    {
        _threads.ForEach(thread => thread.Join());
        _open.Signal();
        _open.Wait();
        _open.Dispose();
    }));

    private void Run(EmbedStage stage, ChannelReader<Work> source, Action<Work> finish, CancellationToken cancellationToken)
    {
        try
        {
            while (source.WaitToReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult())
            {
                while (!cancellationToken.IsCancellationRequested && source.TryRead(out var work))
                    _ = RunAsync(stage, work, finish);
            }
        }
        catch (OperationCanceledException)
        {
            // the process ends
        }
    }

    // The thread is back when the picture is decoded, at the latest when it is embedded
    private async Task RunAsync(EmbedStage stage, Work work, Action<Work> finish)
    {
        _open.AddCount();
        try
        {
            await stage.RunAsync(work);
            finish(work);
        }
        finally
        {
            _open.Signal();
        }
    }
}
