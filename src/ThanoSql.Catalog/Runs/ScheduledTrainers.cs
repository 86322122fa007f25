namespace ThanoSql.Catalog.Runs;

/// <summary>The trainers that share Quartz's store, which keeps their signs of life beside our tables.</summary>
public sealed class ScheduledTrainers(NpgsqlDataSource database)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A trainer that died while its clock was ahead would pass for alive until that time comes, and with it the triggers that it held for fired.
    /// Quartz counts in ticks of 100 ns since the year 1.
    /// </summary>
    public Task CorrectClockAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.Command(
        "UPDATE thanosql.qrtz_scheduler_state SET last_checkin_time = $1 WHERE last_checkin_time > $2",
        now.UtcTicks, (now + Tolerance).UtcTicks).RunAsync(cancellationToken);
}
