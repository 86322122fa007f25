namespace ThanoSql.Query.Images;

/// <summary>How long a request waits for its pictures to be indexed: <c>wait=5s</c>.</summary>
internal static class WaitTime
{
    private const int Most = 60; // seconds

    /// <param name="text">Seconds, with or without the unit; null for no wait.</param>
    /// <exception cref="QueryException">It is none, or too long.</exception>
    public static TimeSpan Parse(string? text)
    {
        if (text is null)
            return TimeSpan.Zero;
        var number = text.EndsWith('s') ? text[..^1] : text;
        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= Most
            ? TimeSpan.FromSeconds((double)seconds)
            : throw new QueryException(ErrorCode.BadRequest, $"'wait' is a time from 0s to {Most}s, not '{text}'.", hint: "For example wait=5s.");
    }
}
