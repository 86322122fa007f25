using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Destinations;

namespace ThanoSql.Query.Sdk;

/// <summary>Drops kept results and forgets logged statements whose time is over; several processes may.</summary>
internal sealed partial class DestinationUpkeep(
    DestinationTables tables, QueryLedger log, DatabaseOutage outage, TimeProvider time, ILogger<DestinationUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await tables.DropOldAsync(stoppingToken) is > 0 and var dropped)
                    LogDropped(dropped);
                await log.ForgetAsync(stoppingToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogPutOff(error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} kept results were dropped: their time was over (Query:Destination:Hours)")]
    private partial void LogDropped(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kept results are dropped the next time: {Reason}")]
    private partial void LogPutOff(string reason);
}
