
namespace ThanoSql.Indexer.Hosting;

internal static class LoggingExtensions
{
    /// <summary>For commands that talk to a person: whatever the configuration says, only what needs attention is logged.</summary>
    public static void OnlyWarnings(this ILoggingBuilder logging) => logging.AddFilter((_, level) => level >= LogLevel.Warning);
}
