namespace ThanoSql.Indexer.Hosting;

/// <summary>
/// Two libraries say again and again, with a stack trace each time, what one line a minute says as well: Quartz that its store is away, and ASP.NET
/// Core at each probe that a health check failed.
/// </summary>
internal sealed partial class QuietLog(ILoggerProvider inner, TimeProvider time) : ILoggerProvider, ISupportExternalScope
{
    private const string Scheduler = "Quartz";
    private const string HealthChecks = "Microsoft.Extensions.Diagnostics.HealthChecks";

    private readonly Seldom _seldom = new(time);

    public ILogger CreateLogger(string categoryName) => categoryName switch
    {
        _ when categoryName.StartsWith(Scheduler, StringComparison.Ordinal) => new SchedulerLogger(inner.CreateLogger(categoryName), _seldom),
        _ when categoryName.StartsWith(HealthChecks, StringComparison.Ordinal) => new HealthLogger(inner.CreateLogger(categoryName), _seldom),
        _ => inner.CreateLogger(categoryName),
    };

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose() => inner.Dispose();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The training schedules wait for the database: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);

    private abstract class Logger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public abstract void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter);
    }

    private sealed class SchedulerLogger(ILogger inner, Seldom seldom) : Logger(inner)
    {
        private readonly ILogger _inner = inner;

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Causes(exception).OfType<NpgsqlException>().FirstOrDefault(DatabaseTrouble.IsPassing) is not { } away)
                _inner.Log(logLevel, eventId, state, exception, formatter);
            else if (seldom.IsDue(Scheduler))
                LogWaiting(_inner, DatabaseTrouble.Describe(away));
        }

        private static IEnumerable<Exception> Causes(Exception? error)
        {
            for (; error is not null; error = error.InnerException)
                yield return error;
        }
    }

    private sealed class HealthLogger(ILogger inner, Seldom seldom) : Logger(inner)
    {
        private readonly ILogger _inner = inner;

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Warning || seldom.IsDue($"{HealthChecks} {CheckOf(state)}"))
                _inner.Log(logLevel, eventId, state, null, (s, _) => formatter(s, exception));
        }

        private static object? CheckOf<TState>(TState state) =>
            (state as IEnumerable<KeyValuePair<string, object?>> ?? []).FirstOrDefault(value => value.Key == "HealthCheckName").Value;
    }
}
