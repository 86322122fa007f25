using System.Globalization;

namespace ThanoSql.Trainer.Runs;

/// <summary>An estimate in words.</summary>
internal static class Duration
{
    public static string Words(TimeSpan time) => time.TotalMinutes switch
    {
        <= 1 / 60.0 => "a second",
        < 2 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} seconds"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} hours"),
    };
}
