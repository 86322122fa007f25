
namespace ThanoSql.Indexer.Hosting;

internal static class LoggingExtensions
{
    /// <summary>
    /// For commands that talk to a person: whatever the configuration says, only what needs attention is logged: our warnings, and the errors of
    /// libraries.
    /// </summary>
    public static void OnlyWarnings(this ILoggingBuilder logging) => logging.AddFilter(
        (category, level) => level >= (category?.StartsWith("ThanoSql.", StringComparison.Ordinal) == true ? LogLevel.Warning : LogLevel.Error));
}
