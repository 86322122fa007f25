using ThanoSql.Vision.Inference;

namespace ThanoSql.Worker.Stages;

/// <summary>Decodes and embeds; one call uses one core.</summary>
internal sealed partial class EmbedStage(IndexingTelemetry telemetry, IOptions<VisionOptions> vision, ILogger<EmbedStage> logger)
{
    /// <summary>Calls at once.</summary>
    public int Threads => vision.Value.Threads;

    public void Run(Work work)
    {
        if (!work.WantsEmbedding)
            return;
        var since = Stopwatch.GetTimestamp();
        using var stage = work.Stage("embed");
        try
        {
            work.Look!.Embed();
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

    public EmbedThreads(EmbedStage stage, ChannelReader<Work> source, Action<Work> finish, CancellationToken cancellationToken)
    {
        _threads = [.. Enumerable.Range(0, stage.Threads)
            .Select(i => new Thread(() => Run(stage, source, finish, cancellationToken)) { Name = $"embed {i}", IsBackground = true })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Waits for the images that are being looked at.</summary>
    /// <remarks>On another thread: this may run inside the very call that cancels the token, which must go on to reach the waiting threads.</remarks>
    public ValueTask DisposeAsync() => new(Task.Run(() => _threads.ForEach(thread => thread.Join())));

    private static void Run(EmbedStage stage, ChannelReader<Work> source, Action<Work> finish, CancellationToken cancellationToken)
    {
        try
        {
            while (source.WaitToReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult())
            {
                while (!cancellationToken.IsCancellationRequested && source.TryRead(out var work))
                {
                    stage.Run(work);
                    finish(work);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the process ends
        }
    }
}
