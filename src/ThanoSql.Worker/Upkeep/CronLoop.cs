using Quartz;

namespace ThanoSql.Worker.Upkeep;

/// <summary>Waits for the times of a Quartz cron expression (UTC).</summary>
internal sealed class CronLoop(string expression, TimeProvider time)
{
    // Of one wait: the clock may be put right meanwhile, and a timer takes no more than seven weeks.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly CronExpression _cron = new(expression, TimeZoneInfo.Utc);

    /// <exception cref="InvalidOperationException">The expression has no next time.</exception>
    public async Task NextAsync(CancellationToken cancellationToken)
    {
        var next = After(time.GetUtcNow());
        for (var now = time.GetUtcNow(); now < next; now = time.GetUtcNow())
        {
            if (After(now) is var sooner && sooner < next)
                next = sooner; // the clock was set back
            else
                await Task.Delay(next - now < Longest ? next - now : Longest, time, cancellationToken);
        }
    }

    private DateTimeOffset After(DateTimeOffset now) =>
        _cron.GetNextValidTimeAfter(now) ?? throw new InvalidOperationException($"The schedule '{expression}' has no time after {now:u}.");

    /// <summary>Whether it is an expression at all, and there is a time for it in the future.</summary>
    public static bool IsValid(string expression, TimeProvider time)
    {
        try
        {
            return new CronExpression(expression, TimeZoneInfo.Utc).GetNextValidTimeAfter(time.GetUtcNow()) is not null;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
