using Npgsql;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>The program as monitoring runs it: what it answers, and what it leaves behind.</summary>
public sealed class KilledDoctorTests(RealServers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_nothing_runs_it_says_so_and_makes_nothing()
    {
        var home = Path.Combine(Path.GetTempPath(), $"thanosql-none-{Guid.NewGuid():N}");
        await using var doctor = ThanoSqlProcess.Start(
            new Dictionary<string, string> { ["Query__Urls"] = "http://127.0.0.1:1" }, "doctor", "--json", "--home", home);

        var code = await doctor.WaitForExitAsync();

        using var json = System.Text.Json.JsonDocument.Parse(doctor.Output);
        json.RootElement.GetProperty("exit_code").GetInt32().ShouldBe(code);
        code.ShouldBeInRange(1, 2); // the disk of this machine may be full
        var checks = json.RootElement.GetProperty("checks").EnumerateArray()
            .ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("status").GetString());
        checks["service"].ShouldBe("warning");
        checks["database"].ShouldBe("skipped");
        checks["store"].ShouldBe("warning");
        Directory.Exists(home).ShouldBeFalse();
    }

    [Fact]
    public async Task Killed_while_it_waits_for_an_event_it_leaves_no_test_object()
    {
        await using var postgres = await MigratedDatabase.OnAsync(servers);
        await using (var deaf = postgres.DataSource.CreateCommand(
            "INSERT INTO thanosql.worker (worker_id, host, version, provider, seen_at) "
            + "VALUES (gen_random_uuid(), 'deaf', '0', 'cpu', now() + interval '1 hour')"))
        {
            await deaf.ExecuteNonQueryAsync(Cancellation);
        }
        var root = Directory.CreateTempSubdirectory("thanosql-doctor-");
        var bucket = root.CreateSubdirectory("workspace");
        using var watcher = new FileSystemWatcher(bucket.FullName, $"{StoreProbe.Prefix}*") { EnableRaisingEvents = true };
        using var removed = new SemaphoreSlim(0);
        watcher.Deleted += (_, _) => removed.Release();

        await using var doctor = ThanoSqlProcess.Start(
            new Dictionary<string, string>
            {
                ["Query__Urls"] = "http://127.0.0.1:1",
                ["Database__ConnectionString"] = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false }.ConnectionString,
                ["Storage__Folder__Root"] = root.FullName,
            },
            "doctor", "--seconds", "600", "--home", root.FullName);
        foreach (var check in new[] { "uploads", "events" })
            (await removed.WaitAsync(Patience, Cancellation)).ShouldBeTrue($"{check} removed nothing: {doctor.Output}");
        doctor.HasExited.ShouldBeFalse(doctor.Output);
        doctor.Kill();
        await doctor.WaitForExitAsync();

        bucket.EnumerateFileSystemInfos().ShouldBeEmpty();
        root.Delete(recursive: true);
    }
}
