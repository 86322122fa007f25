using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Tests.Unit.Indexer;

public sealed class CutLogTests
{
    [Fact]
    public void A_statement_of_30_MB_is_cut_in_message_values_and_exception()
    {
        var statement = $"SELECT '{new string('x', 30_000_000)}' -- the end";
        var kept = new Kept();
        using var log = new CutLog(kept);

        log.CreateLogger("category").LogError(new InvalidOperationException(statement), "It failed: {Statement}", statement);

        var (message, values, exception) = kept.Lines.Single();
        message.Length.ShouldBeLessThan(CutLog.LongestMessage + 100);
        message.ShouldStartWith("It failed: SELECT 'xxx");
        message.ShouldEndWith("-- the end");
        values.Sum(value => value.Value?.ToString()?.Length ?? 0).ShouldBeLessThan(CutLog.LongestMessage + 200);
        exception!.ToString().Length.ShouldBeLessThan(CutLog.LongestException + 100);
        exception.Message.Length.ShouldBeLessThan(CutLog.LongestMessage + 100);
    }

    [Fact]
    public void What_is_short_stays_as_it_is()
    {
        var error = new InvalidOperationException("short");
        var kept = new Kept();
        using var log = new CutLog(kept);

        log.CreateLogger("category").LogError(error, "It failed: {Statement}", "SELECT 1");

        var (message, values, exception) = kept.Lines.Single();
        message.ShouldBe("It failed: SELECT 1");
        values.ShouldContain(new KeyValuePair<string, object?>("Statement", "SELECT 1"));
        exception.ShouldBe(error);
    }

    [Fact]
    public void Every_process_of_the_program_cuts_what_it_writes_to_the_console()
    {
        var builder = ServiceApplication.Builder();
        using var services = builder.Services.BuildServiceProvider();

        var providers = services.GetServices<ILoggerProvider>().ToList();

        providers.OfType<QuietLog>().ShouldHaveSingleItem(); // around the cut
        providers.OfType<ConsoleLoggerProvider>().ShouldBeEmpty();
    }

    private sealed class Kept : ILoggerProvider, ILogger
    {
        public List<(string Message, List<KeyValuePair<string, object?>> Values, Exception? Exception)> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((formatter(state, exception), [.. (IEnumerable<KeyValuePair<string, object?>>)state!], exception));

        public void Dispose()
        {
        }
    }
}
