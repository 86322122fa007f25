using System.Threading.Channels;

namespace ThanoSql.Indexing.Stages;

/// <summary>One thread for each core: a shared session with as many callers is faster than threads inside one inference.</summary>
internal sealed class EmbedThreads : IAsyncDisposable
{
    private readonly List<Thread> threads;

    public EmbedThreads(int count, EmbedStage stage, ChannelReader<Work> source, Action<Work> finish, CancellationToken cancellation)
    {
        threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() => Run(stage, source, finish, cancellation)) { Name = $"embed {i}", IsBackground = true })];
        foreach (var thread in threads) thread.Start();
    }

    /// <summary>Waits for the images that are being looked at.</summary>
    /// <remarks>On another thread: this may run inside the very call that cancels the token, which must go on to reach the waiting threads.</remarks>
    public ValueTask DisposeAsync() => new(Task.Run(() => threads.ForEach(thread => thread.Join())));

    private static void Run(EmbedStage stage, ChannelReader<Work> source, Action<Work> finish, CancellationToken cancellation)
    {
        try
        {
            while (source.WaitToReadAsync(cancellation).AsTask().GetAwaiter().GetResult())
            {
                while (!cancellation.IsCancellationRequested && source.TryRead(out var work))
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
