namespace ThanoSql.Indexer.Hosting;

/// <summary>Quartz says every few seconds, with a stack trace, that its store is away: one line a minute says as much.</summary>
[ProviderAlias("Console")]
internal sealed partial class QuietLog(ILoggerProvider inner, TimeProvider time) : ILoggerProvider, ISupportExternalScope
{
    private const string Scheduler = "Quartz";

    private readonly Seldom _seldom = new(time);

    public ILogger CreateLogger(string categoryName) => categoryName.StartsWith(Scheduler, StringComparison.Ordinal)
        ? new SchedulerLogger(inner.CreateLogger(categoryName), _seldom)
        : inner.CreateLogger(categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose() => inner.Dispose();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The training schedules wait for the database: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);

    private sealed class SchedulerLogger(ILogger inner, Seldom seldom) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Causes(exception).OfType<NpgsqlException>().FirstOrDefault(DatabaseTrouble.IsPassing) is not { } away)
                inner.Log(logLevel, eventId, state, exception, formatter);
            else if (seldom.IsDue())
                LogWaiting(inner, DatabaseTrouble.Describe(away));
        }

        private static IEnumerable<Exception> Causes(Exception? error)
        {
            for (; error is not null; error = error.InnerException)
                yield return error;
        }
    }
}
