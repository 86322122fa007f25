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

    /// <summary>Whether it is an expression at all.</summary>
    public static bool IsValid(string expression)
    {
        try
        {
            _ = new CronExpression(expression);
            return true;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
