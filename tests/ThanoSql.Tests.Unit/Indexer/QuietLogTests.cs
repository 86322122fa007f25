using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Tests.Unit.Indexer;

public sealed class QuietLogTests
{
    [Fact]
    public void What_Quartz_says_of_a_database_that_is_away_is_one_line_however_long_its_stack_traces_are()
    {
        using var kept = new KeptLog();
        using var quiet = new QuietLog(new CutLog(kept), TimeProvider.System);
        var quartz = quiet.CreateLogger("Quartz.Impl.AdoJobStore.ClusterManager");
        var away = new NpgsqlException("Failed to connect", new SocketException());

        quartz.LogError(new InvalidOperationException("short", away), "No connection");
        quartz.LogError(new InvalidOperationException(new string('x', CutLog.LongestException), away), "No connection");

        kept.Lines.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            line => line.Exception.ShouldBeNull(),
            line => line.Text.ShouldStartWith("The training schedules wait for the database: Failed to connect"));
    }

    [Fact]
    public void Any_other_error_is_told_as_it_is()
    {
        using var kept = new KeptLog();
        using var quiet = new QuietLog(kept, TimeProvider.System);
        var (ofJob, ofDatabase) = (new InvalidOperationException("of a job"), new NpgsqlException("Failed to connect"));

        quiet.CreateLogger("Quartz.Core.JobRunShell").LogError(ofJob, "A job failed");
        quiet.CreateLogger("ThanoSql").LogError(ofDatabase, "A query failed");

        kept.Lines.ShouldBe([("A job failed", ofJob), ("A query failed", ofDatabase)]);
    }

    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        public List<(string Text, Exception? Exception)> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((formatter(state, exception), exception));

        public void Dispose()
        {
        }
    }
}
