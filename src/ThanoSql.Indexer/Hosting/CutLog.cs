using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using ThanoSql.Worker.Intake;

namespace ThanoSql.Indexer.Hosting;

/// <summary>
/// The console's log with an end to every line: the text of a statement of 30 MB can turn up in a message or an exception of any library. What is
/// longer keeps its beginning and its end.
/// </summary>
internal sealed class CutLog(ILoggerProvider inner) : ILoggerProvider, ISupportExternalScope
{
    /// <summary>Of a message, in characters.</summary>
    public const int LongestMessage = 2_000;

    /// <summary>Of an exception with its stack trace, in characters.</summary>
    public const int LongestException = 8_000;

    public ILogger CreateLogger(string categoryName) => new Logger(inner.CreateLogger(categoryName));

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose() => inner.Dispose();

    /// <summary>The beginning and the end of a text.</summary>
    /// <param name="longest">In characters, but for the remark between the two.</param>
    public static string Cut(string text, int longest) => text.Length <= longest
        ? text
        : string.Create(
            CultureInfo.InvariantCulture, $"{text[..(longest / 2)]} […{text.Length - longest} characters…] {text[^(longest - longest / 2)..]}");

    private sealed class Logger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // MassTransit calls each message an error that goes back into its queue: IntakePause says so once
            if (!IsEnabled(logLevel) || exception is EventsPutBackException)
                return;
            var message = Cut(formatter(state, exception), LongestMessage);
            inner.Log(logLevel, eventId, Values(state), Shortened(exception), (_, _) => message);
        }

        // For formatters that write the values as well, such as json
        private static List<KeyValuePair<string, object?>> Values<TState>(TState state) =>
            [.. (state as IEnumerable<KeyValuePair<string, object?>> ?? []).Select(
                value => value.Value is string { Length: > LongestMessage } text ? new(value.Key, Cut(text, LongestMessage)) : value)];

        private static Exception? Shortened(Exception? exception) =>
            exception?.ToString() is { Length: > LongestException } text ? new CutException(Cut(text, LongestException)) : exception;
    }

    private sealed class CutException(string text) : Exception(Cut(text, LongestMessage))
    {
        public override string ToString() => text;
    }
}

internal static class CutLogExtensions
{
    /// <summary>Puts the cut before the console, wherever it was registered, and the quiet before the cut, which hides what an error is.</summary>
    public static ILoggingBuilder CutConsole(this ILoggingBuilder logging)
    {
        var console = logging.Services.SingleOrDefault(
            s => s.ServiceType == typeof(ILoggerProvider) && s.ImplementationType == typeof(ConsoleLoggerProvider));
        if (console is null)
            return logging;
        logging.Services.Remove(console);
        logging.Services.TryAddSingleton<ConsoleLoggerProvider>();
        logging.Services.AddSingleton<ILoggerProvider>(services => new QuietLog(
            new CutLog(services.GetRequiredService<ConsoleLoggerProvider>()), TimeProvider.System));
        return logging;
    }
}
