using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>What a process with every role writes down while its database is away.</summary>
public sealed class QuietOutageTests
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(25); // Quartz looks at its store a few times, its cluster too

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_is_away_is_told_once_a_minute_without_a_stack_trace_and_readiness_names_it()
    {
        await using var faulty = await PrivateServers.CreateAsync("postgres");
        var database = PostgresServer.On(faulty["Database__ConnectionString"]); // ends with its server
        await database.InitializeAsync();
        var home = Directory.CreateTempSubdirectory("thanosql-quiet-").FullName;
        try
        {
            await using var up = await WorkerProcess.StartAsync(
                "up", new Dictionary<string, string> { ["Database__ConnectionString"] = database.ConnectionString },
                "--home", home);
            var before = up.Output.Length;
            await faulty.CrashAsync("postgres");

            for (var end = DateTime.UtcNow + Outage; DateTime.UtcNow < end; await Task.Delay(500, Cancellation)) // as an orchestrator asks
                (await up.IsReadyAsync()).ShouldBeFalse();
            (await up.HealthAsync()).ShouldContain("Failed to connect to 127.0.0.1");
            var said = up.Output[before..];
            await faulty.StartAsync("postgres");
            await up.WaitUntilReadyAsync(true);

            said.Contains("   at ", StringComparison.Ordinal).ShouldBeFalse(said); // of a stack trace
            said.Split("The training schedules wait for the database").Length.ShouldBe(2, said);
            said.Split("The database does not do its work").Length.ShouldBe(2, said);
            said.Split('\n').Length.ShouldBeLessThan(20, said);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }
}
