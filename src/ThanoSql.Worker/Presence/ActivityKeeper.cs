using System.Reflection;
using ThanoSql.Catalog.Live;
using ThanoSql.Vision.Inference;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Worker.Presence;

/// <summary>
/// Leaves the worker's trace in the catalog, one statement each five seconds, for whoever looks on; hears at the same time whether somebody wants a
/// sweep.
/// </summary>
internal sealed partial class ActivityKeeper(
    WorkerLedger ledger, ImageLeases leases, IndexingTelemetry telemetry, InferenceSessionFactory sessions, SweepSchedule sweeps,
    DatabaseOutage outage, TimeProvider time, ILogger<ActivityKeeper> logger) : BackgroundService
{
    // What was committed just before the end of a span is counted by then
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(100);

    private static readonly string Version =
        typeof(ActivityKeeper).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private ActivityTally Tally => telemetry.Tally;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(GracePeriod.Usual);
        try
        {
            await ledger.LeaveAsync(leases.Owner, patience.Token);
        }
        catch (Exception error) when (error is NpgsqlException or OperationCanceledException)
        {
            LogPutOff(error.Message); // it is not seen any more soon
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SayAsync(stoppingToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogPutOff(error.Message);
            }
            await Task.Delay(Tally.Left(time.GetUtcNow()) + Slack, time, stoppingToken);
        }
    }

    private async Task SayAsync(CancellationToken cancellationToken)
    {
        var done = Tally.Over(time.GetUtcNow());
        var provider = sessions.RunsOn == VisionProvider.Cuda ? "cuda" : "cpu";
        var reply = await ledger.SayAsync(
            new WorkerProcess(leases.Owner, Environment.MachineName, Version, provider), done, cancellationToken);
        Tally.Forget(done);
        Tally.Set(reply.Now, time.GetUtcNow());
        if (reply.IsSweepWanted)
            sweeps.AskAnew();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "What this worker does is told later: {Reason}")]
    private partial void LogPutOff(string reason);
}
