using System.Diagnostics;
using System.Threading.Channels;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Trainer.Runs;

/// <summary>
/// One run in the hands of this trainer: keeps its lease, writes its log and progress to the catalog where watchers read them, and turns a request to
/// stop or a lost lease into cancellation.
/// </summary>
internal sealed class RunSession : IAsyncDisposable
{
    private static readonly TimeSpan ProgressPace = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _lease;
    private readonly CancellationTokenSource _stop;
    private readonly GracePeriod _grace;
    private readonly Channel<string> _messages = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _pump;
    private Progress? _progress;
    private int _blamed = -1;

    public RunSession(TrainingLease held, TimeSpan lease, CancellationToken shutdown)
    {
        (Lease, _lease) = (held, lease);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown);
        _grace = new GracePeriod(shutdown);
        _pump = Task.Run(() => PumpAsync(shutdown), CancellationToken.None);
    }

    public TrainingLease Lease { get; }

    public TrainingRun Run => Lease.Run;

    /// <summary>Cancelled when the run has to stop, for whatever reason.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Whether somebody asked this run to stop (and not the whole trainer).</summary>
    public bool CancelAsked { get; private set; }

    /// <summary>
    /// Whether the run is not over with this error: another trainer has it, this one ends or lost its hold, or the database was out. What was
    /// prepared stays for whoever takes the run up.
    /// </summary>
    public bool GoesOn(Exception error) => error is TrainingLeaseLostException
        || Setback.Of(error) is not null
        || (error is OperationCanceledException && Stopping.IsCancellationRequested && !CancelAsked);

    /// <summary>Adds a line to the run's log.</summary>
    public void Say(string message) => _messages.Writer.TryWrite(message);

    /// <summary>Says how far a stage is; called as often as one likes.</summary>
    public void Report(string stage, long done, long total) => Volatile.Write(ref _progress, new Progress(stage, done, total));

    /// <summary>Says whom the run waits for at a table: in its progress at every look, in its log once for each holder.</summary>
    public void WaitsFor(string table, LockHolder holder)
    {
        var words = holder.Words(table, DateTimeOffset.UtcNow);
        Report(words, 0, 0);
        if (Interlocked.Exchange(ref _blamed, holder.Pid) != holder.Pid)
            Say($"The run {words}. End that session or its transaction, or wait.");
    }

    /// <summary>Writes what was said so far and stops keeping the lease alive.</summary>
    public async Task FinishAsync()
    {
        _messages.Writer.TryComplete();
        await _pump;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await FinishAsync();
        }
        finally
        {
            _grace.Dispose();
            _stop.Dispose();
        }
    }

    private async Task PumpAsync(CancellationToken shutdown)
    {
        var renewed = Stopwatch.StartNew();
        var interval = TimeSpan.FromTicks(Math.Min(_lease.Ticks / 3, TimeSpan.TicksPerSecond));
        var due = TimeSpan.Zero;
        try
        {
            while (true)
            {
                var open = await WaitAsync();
                await WriteAsync();
                if (!open)
                    return;
                if (renewed.Elapsed < due)
                    continue;
                if (await Lease.RenewAsync(_lease, _grace.Token))
                    await CancelAsync();
                due = renewed.Elapsed + interval;
            }
        }
        catch (Exception)
        {
            // Nobody may work on a run that is not known to be its own
            await _stop.CancelAsync();
            if (!shutdown.IsCancellationRequested)
                throw;
        }
    }

    private async Task<bool> WaitAsync()
    {
        using var pace = new CancellationTokenSource(ProgressPace);
        try
        {
            return await _messages.Reader.WaitToReadAsync(pace.Token);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task WriteAsync()
    {
        while (_messages.Reader.TryRead(out var message))
            await Lease.SayAsync(message, _grace.Token);
        if (Interlocked.Exchange(ref _progress, null) is { } now)
            await Lease.ReportAsync(now.Stage, now.Done, now.Total, _grace.Token);
    }

    private async Task CancelAsync()
    {
        CancelAsked = true;
        await _stop.CancelAsync();
    }

    private sealed record Progress(string Stage, long Done, long Total);
}
