namespace ThanoSql.Catalog;

/// <summary>Errors of the database server itself, which pass when it is back: whoever meets one waits and does its work again.</summary>
public static class DatabaseTrouble
{
    // errno of "No space left on device" and "Disk quota exceeded", and the first as .NET may put it
    private const int NoSpace = 28;
    private const int OverQuota = 122;
    private const int DiskFull = unchecked((int)0x80070070);

    private const string FullDisk =
        "the disk is full: free space on the disk of PostgreSQL's data folder, or give it a larger one; work goes on by itself after that";

    /// <summary>
    /// Whether the server is away, ends, starts, has crashed, or has no disk, memory or connection left. Neither what a statement did wrong nor a
    /// limit that was set for it.
    /// </summary>
    public static bool IsPassing(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ConfigurationLimitExceeded } => false, // of a role's temporary files
        PostgresException e => e.SqlState[..2] is "08" or "53" || IsEnd(e) || IsFatal(e) || e.SqlState
            is PostgresErrorCodes.SystemError or PostgresErrorCodes.IoError,
        NpgsqlException e => e.InnerException is not TimeoutException,
        _ => false,
    };

    /// <summary>
    /// Whether a piece of work failed because the server went away or a disk is full, the database's or our own, whoever reported it: an error in a
    /// user's statement has such a cause as its inner exception.
    /// </summary>
    public static bool Caused(Exception error) =>
        error is NpgsqlException ? IsPassing(error)
        : IsFullDisk(error) || error.InnerException is PostgresException { SqlState: var state } inner
            && (state == PostgresErrorCodes.DiskFull || state.StartsWith("08", StringComparison.Ordinal) || IsEnd(inner));

    /// <summary>Whether a disk is full: the database server's, or one of ours.</summary>
    public static bool IsFullDisk(Exception error) => error switch
    {
        PostgresException e => e.SqlState == PostgresErrorCodes.DiskFull || IsUnwrittenCache(e),
        IOException e when e.HResult is NoSpace or OverQuota or DiskFull => true,
        _ => error.InnerException is { } inner && IsFullDisk(inner),
    };

    /// <summary>What happened, in one line, and what to do where somebody has to do something.</summary>
    public static string Describe(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var reason = error is NpgsqlException and not PostgresException && error.InnerException is { } inner
            ? $"{error.Message}: {inner.Message}"
            : error.Message;
        return IsFullDisk(error) ? $"{FullDisk} ({reason})" : reason;
    }

    // A session that ended by a fault inside the server; PostgreSQL has no better code for some that a full disk makes.
    private static bool IsFatal(PostgresException error) =>
        error is { InvariantSeverity: "FATAL" or "PANIC", SqlState: PostgresErrorCodes.InternalError };

    // The first session after a change of the schema writes a file, and dies where there is no space for it.
    private static bool IsUnwrittenCache(PostgresException error) => IsFatal(error) && error is { File: "relcache.c", Routine: "write_item" };

    private static bool IsEnd(PostgresException error) => error.SqlState
        is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow;
}

/// <summary>What is known to be wrong with the database server, for readiness: a server whose disk is full still answers questions.</summary>
public sealed class DatabaseTroubles(TimeProvider time)
{
    // Whoever waits asks again within seconds
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private Met? _met;

    /// <summary>What whoever looks after the server says of it; null when all is well.</summary>
    public string? OfServer { get; set; }

    /// <summary>Null when nothing is known to be wrong.</summary>
    public string? Current =>
        OfServer ?? (_met is { } met && time.GetElapsedTime(met.At) < Fresh ? met.What : null);

    /// <summary>Remembers a full disk for a while.</summary>
    public void Meet(Exception error)
    {
        if (DatabaseTrouble.IsFullDisk(error))
            _met = new Met(DatabaseTrouble.Describe(error), time.GetTimestamp());
    }

    private sealed record Met(string What, long At);
}
