using System.Diagnostics;
using System.Threading.Channels;
using ThanoSql.Catalog.Models;

namespace ThanoSql.Training.Running;

/// <summary>
/// One run in the hands of this trainer: keeps its lease, writes its log and progress to the catalog where watchers read them, and turns a request to stop
/// or a lost lease into cancellation.
/// </summary>
internal sealed class RunSession : IAsyncDisposable
{
    private static readonly TimeSpan ProgressPace = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan lease;
    private readonly CancellationTokenSource stop;
    private readonly Channel<string> messages = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task pump;
    private Progress? progress;

    public RunSession(TrainingLease held, TimeSpan lease, CancellationToken shutdown)
    {
        (Lease, this.lease) = (held, lease);
        stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown);
        pump = Task.Run(() => PumpAsync(shutdown), CancellationToken.None);
    }

    public TrainingLease Lease { get; }

    public TrainingRun Run => Lease.Run;

    /// <summary>Cancelled when the run has to stop, for whatever reason.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <summary>Whether somebody asked this run to stop (and not the whole trainer).</summary>
    public bool CancelAsked { get; private set; }

    /// <summary>Adds a line to the run's log.</summary>
    public void Say(string message) => messages.Writer.TryWrite(message);

    /// <summary>Says how far a stage is; called as often as one likes.</summary>
    public void Report(string stage, long done, long total) => Volatile.Write(ref progress, new Progress(stage, done, total));

    /// <summary>Writes what was said so far and stops keeping the lease alive.</summary>
    public async Task FinishAsync()
    {
        messages.Writer.TryComplete();
        await pump;
    }

    public async ValueTask DisposeAsync()
    {
        await FinishAsync();
        stop.Dispose();
    }

    private async Task PumpAsync(CancellationToken shutdown)
    {
        var renewed = Stopwatch.StartNew();
        var interval = TimeSpan.FromTicks(Math.Min(lease.Ticks / 3, TimeSpan.TicksPerSecond));
        var due = TimeSpan.Zero;
        try
        {
            while (true)
            {
                var open = await WaitAsync();
                await WriteAsync();
                if (!open) return;
                if (renewed.Elapsed < due) continue;
                if (await Lease.RenewAsync(lease, CancellationToken.None)) await CancelAsync();
                due = renewed.Elapsed + interval;
            }
        }
        catch (Exception)
        {
            // Nobody may work on a run that is not known to be its own
            await stop.CancelAsync();
            if (!shutdown.IsCancellationRequested) throw;
        }
    }

    private async Task<bool> WaitAsync()
    {
        using var pace = new CancellationTokenSource(ProgressPace);
        try
        {
            return await messages.Reader.WaitToReadAsync(pace.Token);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task WriteAsync()
    {
        while (messages.Reader.TryRead(out var message)) await Lease.SayAsync(message, CancellationToken.None);
        if (Interlocked.Exchange(ref progress, null) is { } now) await Lease.ReportAsync(now.Stage, now.Done, now.Total, CancellationToken.None);
    }

    private async Task CancelAsync()
    {
        CancelAsked = true;
        await stop.CancelAsync();
    }

    private sealed record Progress(string Stage, long Done, long Total);
}
