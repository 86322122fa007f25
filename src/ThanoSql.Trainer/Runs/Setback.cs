namespace ThanoSql.Trainer.Runs;

/// <summary>Faults of the database that pass by themselves: the run is put off and goes on from where it is.</summary>
internal static class Setback
{
    /// <returns>
    /// The fault that passes: a lost connection, a time-out, a lock held too long, a server that stops or is short of something. Null when the run
    /// has to end with the error, as with one of the user's own statement.
    /// </returns>
    public static Exception? Of(Exception error) => error switch
    {
        NpgsqlException when DatabasePatience.IsPassing(error) => error,
        // A source that takes more than it may, or too long, does so every time
        QueryException { InnerException: PostgresException { SqlState: var state } }
            when state is PostgresErrorCodes.ConfigurationLimitExceeded or PostgresErrorCodes.QueryCanceled => null,
        QueryException { InnerException: NpgsqlException inner } told when told.Code != ErrorCode.Timeout && DatabasePatience.IsPassing(inner) =>
            inner,
        _ => DatabaseTrouble.Caused(error) ? error : null,
    };

    /// <summary>Doubled with each further one.</summary>
    /// <param name="before">Setbacks before this one.</param>
    /// <param name="first">The first pause.</param>
    /// <param name="longest">The longest pause.</param>
    public static TimeSpan Pause(int before, TimeSpan first, TimeSpan longest) =>
        TimeSpan.FromTicks((long)Math.Min(longest.Ticks, first.Ticks * Math.Pow(2, Math.Min(before, 30))));

    /// <summary>For the run's log.</summary>
    public static string Words(Exception setback, TimeSpan pause) =>
        $"The database did not do its work ({DatabaseTrouble.Describe(setback)}). What is done so far stays; the run goes on in "
        + $"{Duration.Words(pause)}.";
}
