using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Doors;

namespace ThanoSql.Query.Doors;

/// <summary>
/// Ends the logins of SQL clients when they or their tokens are over, and sessions that go beyond their limits. Every query process does, and none
/// minds that another does, too.
/// </summary>
internal sealed partial class DoorKeeper(
    DoorLogins logins, DoorSessions sessions, DatabaseOutage outage, TimeProvider time, ILogger<DoorKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var pause = Quiet;
            try
            {
                await logins.EndDueAsync(stoppingToken);
                if (await sessions.LookAsync(stoppingToken) > 0)
                    pause = Busy;
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogPutOff(error.Message);
            }
            await Task.Delay(pause, time, stoppingToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sessions of SQL clients could not be looked at: {Reason}")]
    private partial void LogPutOff(string reason);
}
