using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>A first start that is killed while it makes the database.</summary>
public sealed class KilledFirstStartTests
{
    private const int Kills = 10;
    private const int LongestMilliseconds = 2500; // initdb takes less, and the migrations follow

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_first_start_killed_ten_times_at_any_moment_and_begun_again_at_once_comes_up_and_leaves_nothing_behind()
    {
        // Below /var/tmp: PostgreSQL's ordinary user must be able to enter it.
        var home = Path.Combine("/var/tmp", $"thanosql-first-{Guid.NewGuid():N}");
        var postgreSql = Path.Combine(home, "postgresql");
        var random = new Random(1);
        try
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                await using var killed = ThanoSqlProcess.Start("up", "--home", home, "--urls", "http://127.0.0.1:0");
                await killed.WaitForOutputAsync("making the database"); // fails when the process ended by itself
                await Task.Delay(random.Next(LongestMilliseconds), Cancellation);
                killed.HasExited.ShouldBeFalse(killed.Output);
                killed.Kill();
                if (!Directory.Exists(Path.Combine(postgreSql, "data")))
                    continue;
                // It came further than that: the next start adopts what is there, and the one after makes a database again
                await StartsAsync(home);
                Directory.Delete(Path.Combine(postgreSql, "data"), recursive: true);
            }
            await StartsAsync(home);

            Directory.EnumerateDirectories(postgreSql, "data.new*").ShouldBeEmpty();
        }
        finally
        {
            await ThanoSqlProcess.StopDatabaseAsync(home);
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task StartsAsync(string home)
    {
        await using var up = await WorkerProcess.StartAsync("up", new Dictionary<string, string>(), "--home", home);
        (await up.TerminateAsync()).ShouldBe(0, up.Output);
    }
}
