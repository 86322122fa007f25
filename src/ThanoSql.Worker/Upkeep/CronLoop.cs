using Quartz;

namespace ThanoSql.Worker.Upkeep;

/// <summary>Waits for the times of a Quartz cron expression (UTC).</summary>
internal sealed class CronLoop(string expression, TimeProvider time)
{
    private readonly CronExpression _cron = new(expression, TimeZoneInfo.Utc);

    /// <exception cref="InvalidOperationException">The expression has no next time.</exception>
    public Task NextAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var next = _cron.GetNextValidTimeAfter(now) ?? throw new InvalidOperationException($"The schedule '{expression}' has no time after {now:u}.");
        return Task.Delay(next - now, time, cancellationToken);
    }

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
