using System.Diagnostics;

namespace ThanoSql.Catalog.Models;

/// <summary>A transaction that waits for a lock only briefly, since others queue behind it, and tries again after a while.</summary>
internal static partial class ShortTransaction
{
    private const int LockMilliseconds = 200;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <param name="work">Runs once for each try, in a transaction of its own.</param>
    public static Task RunAsync(NpgsqlDataSource database, ILogger logger, Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken) =>
        RepeatAsync(
            async () =>
            {
                await using var connection = await database.OpenConnectionAsync(cancellationToken);
                await TryAsync(connection, () => work(connection), cancellationToken);
            },
            logger, cancellationToken);

    /// <param name="work">Runs once for each try, in a transaction and a session of its own.</param>
    public static Task RunAsync(TableSessions sessions, ILogger logger, Func<TableSession, Task> work, CancellationToken cancellationToken) =>
        RepeatAsync(
            async () =>
            {
                await using var session = await sessions.OpenAsync(cancellationToken);
                await TryAsync(session.Connection, () => work(session), cancellationToken);
            },
            logger, cancellationToken);

    /// <param name="patience">How long it is tried at most.</param>
    /// <exception cref="TableTroubleException">In that time the locks were never free; the message says who has them.</exception>
    public static async Task RunAsync(
        TableSessions sessions, ILogger logger, Func<TableSession, Task> work, TimeSpan patience, CancellationToken cancellationToken)
    {
        LockHolder? last = null;
        var since = Stopwatch.GetTimestamp();
        await RunAsync(
            sessions, logger,
            async session =>
            {
                await using var watch = session.Watch(TimeSpan.FromMilliseconds(LockMilliseconds / 2.0), holder => last = holder);
                try
                {
                    await work(session);
                }
                catch (PostgresException busy) when (IsContention(busy) && Stopwatch.GetElapsedTime(since) > patience)
                {
                    var who = last is null ? "" : $": the service {last.Words("it", DateTimeOffset.UtcNow)}";
                    throw new TableTroubleException($"A table is busy{who}. Ask again later.", busy);
                }
            },
            cancellationToken);
    }

    private static async Task RepeatAsync(Func<Task> attemptAsync, ILogger logger, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await attemptAsync();
                return;
            }
            catch (PostgresException e) when (IsContention(e))
            {
                LogBusy(logger, attempt, e.MessageText);
            }
            await Task.Delay(Pause(attempt), cancellationToken);
        }
    }

    private static async Task TryAsync(NpgsqlConnection connection, Func<Task> work, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command($"SET LOCAL lock_timeout = {LockMilliseconds}").RunAsync(cancellationToken);
        await work();
        await transaction.CommitAsync(cancellationToken);
    }

    private static bool IsContention(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    // Longer and longer, and never in step with whoever holds the lock
    private static TimeSpan Pause(int attempt)
    {
        var longest = Math.Min(LongestPause.TotalMilliseconds, 50 * Math.Pow(2, Math.Min(attempt, 10)));
        return TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * longest);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Try {Attempt} of a switch found a lock taken: {Reason}")]
    private static partial void LogBusy(ILogger logger, int attempt, string reason);
}
