namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>
/// Starts the embedded PostgreSQL again when it ends without having been told to: killed for want of memory, or by a full disk. A server that does
/// not start ends the process, unless space is all that it lacks.
/// </summary>
internal sealed partial class ServerSupervisor(
    EmbeddedServer server, DatabaseTroubles troubles, IHostApplicationLifetime process, TimeProvider time, ILogger<ServerSupervisor> logger)
    : BackgroundService
{
    private const int MostFailures = 5;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Steady = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500); // after a start that failed; doubled each time
    private static readonly TimeSpan ForSpace = TimeSpan.FromSeconds(5);

    private readonly Seldom _full = new(time);
    private int _ends; // in a row, each soon after the start

    /// <summary>Why the process has to end; null unless the server cannot be started again.</summary>
    public StartException? Failure { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = time.GetTimestamp();
        while (Failure is null)
        {
            await Task.Delay(Look, time, stoppingToken);
            if (server.IsRunning)
                continue;
            _ends = time.GetElapsedTime(started) < Steady ? _ends + 1 : 0;
            LogEnded(server.Folder);
            await Task.Delay(Pause(_ends), time, stoppingToken);
            await RestoreAsync(stoppingToken);
            started = time.GetTimestamp();
        }
    }

    /// <summary>Tries until the server runs, or is given up.</summary>
    private async Task RestoreAsync(CancellationToken stoppingToken)
    {
        for (var failures = 0; ;)
        {
            try
            {
                await server.StartAgainAsync();
                troubles.OfServer = null;
                LogRestored();
                return;
            }
            catch (Exception failure) when (failure is StartException or IOException or UnauthorizedAccessException)
            {
                if (server.TooLittleSpace is { } free)
                {
                    TellFull(free);
                    await Task.Delay(ForSpace, time, stoppingToken);
                    continue;
                }
                if (++failures == MostFailures)
                {
                    GiveUp(failure);
                    return;
                }
                LogFailed(failures, MostFailures, failure.Message);
                await Task.Delay(FirstPause * (1 << (failures - 1)), time, stoppingToken);
            }
        }
    }

    private void TellFull(long free)
    {
        troubles.OfServer = string.Create(
            CultureInfo.InvariantCulture,
            $"the disk is full: PostgreSQL does not start with {free >> 20} MiB left on the disk of {server.Folder}. "
            + $"Free some; it is tried again every {ForSpace.TotalSeconds} seconds.");
        if (_full.IsDue())
            LogFull(troubles.OfServer);
    }

    private void GiveUp(Exception failure)
    {
        troubles.OfServer = "PostgreSQL cannot be started again: the process ends";
        Failure = new StartException(
            $"The embedded PostgreSQL in {server.Folder} ended, and cannot be started again: {failure.Message}\n"
            + "Mend what these lines name, or bring a backup back (thanosql restore FILE --overwrite), and start again: the objects of the store are "
            + "unharmed, and what came in meanwhile is found by the sweep.");
        LogGivenUp(Failure.Message);
        process.StopApplication();
    }

    private static TimeSpan Pause(int ends) => ends == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(2_000, 125 << Math.Min(ends, 5)));

    [LoggerMessage(Level = LogLevel.Error, Message =
        "The embedded PostgreSQL ended without having been told to, and is started again. Was it killed for want of memory (dmesg)? "
        + "Its log: {Folder}/logs")]
    private partial void LogEnded(string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The embedded PostgreSQL runs again")]
    private partial void LogRestored();

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL did not start (attempt {Attempt} of {Most}): {Reason}")]
    private partial void LogFailed(int attempt, int most, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL: {What}")]
    private partial void LogFull(string what);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{What}")]
    private partial void LogGivenUp(string what);
}
