using Npgsql;
using ThanoSql.Indexer.Doctor;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>Each test has a database of its own, and makes one trouble in it.</summary>
public sealed class DatabaseTroubleTests(RealServers servers)
{
    private static readonly string[] Asking = ["migrations", "roles", "connections", "vacuum", "models"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_in_order_is_called_so()
    {
        await using var postgres = await MigratedAsync();

        var report = await ExamineAsync(postgres.ConnectionString);

        foreach (var check in Asking.Append("database"))
            report.Of(check).Verdict.ShouldBe(Verdict.Ok, $"{check}: {report.Of(check).Seen}");
        report.ShouldSay("clocks", Verdict.Ok, "the database's clock is 0.");
        report.ShouldSay("versions", Verdict.Skipped, "nothing runs");
    }

    [Fact]
    public async Task A_wrong_password_is_one_failure_and_what_depends_on_it_is_skipped()
    {
        await using var postgres = PostgresServer.On(await servers.PostgresAsync());
        await postgres.InitializeAsync();

        var report = await ExamineAsync(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "wrong" }.ConnectionString);

        report.ShouldSay("database", Verdict.Failed, "password authentication failed", "Database:ConnectionString");
        foreach (var check in Asking)
            report.ShouldSay(check, Verdict.Skipped, "see database");
        report.ExitCode.ShouldBe(2);
        report.ToJson().ShouldNotContain("\"wrong\"");
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Username=x;Password=x", "127.0.0.1:1", "Start PostgreSQL")]
    [InlineData("nonsense", "cannot be read", "Host=…")]
    public async Task A_database_that_is_not_there_is_named(string connection, string seen, string advice) =>
        (await ExamineAsync(connection)).ShouldSay("database", Verdict.Failed, seen, advice);

    [Fact]
    public async Task A_database_that_was_never_migrated_is_told_and_stays_so()
    {
        await using var postgres = PostgresServer.On(await servers.PostgresAsync());
        await postgres.InitializeAsync();

        var report = await ExamineAsync(postgres.ConnectionString);

        report.ShouldSay("migrations", Verdict.Warning, "no catalog yet");
        report.ShouldSay("models", Verdict.Skipped, "see migrations");
        (await ScalarAsync<bool>(postgres.DataSource, "SELECT to_regnamespace('thanosql') IS NULL")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1, Verdict.Warning, "a newer release ran migration 9001")]
    [InlineData(2, Verdict.Failed, "2 ahead of this program")]
    public async Task A_database_of_a_newer_release_is_told(int ahead, object verdict, string seen)
    {
        await using var postgres = await MigratedAsync();
        await RunAsync(
            postgres.DataSource, $"INSERT INTO thanosql.migration (number, name) SELECT 9000 + n, 'later' FROM generate_series(1, {ahead}) n");

        (await ExamineAsync(postgres.ConnectionString)).ShouldSay("migrations", (Verdict)verdict, seen);
    }

    [Theory]
    [InlineData("REVOKE SELECT ON thanosql.models FROM {0}_reader", "may not read thanosql.models")]
    [InlineData("ALTER ROLE {0}_write NOLOGIN", "_write cannot log in")]
    [InlineData("ALTER ROLE {0}_query PASSWORD 'another'", "_query cannot log in")]
    [InlineData("ALTER ROLE {0}_owner SUPERUSER", "is a superuser")]
    public async Task A_missing_right_is_named_with_its_role(string change, string seen)
    {
        await using var postgres = await MigratedAsync();
        var database = new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Database;
        await RunAsync(postgres.Superuser, string.Format(System.Globalization.CultureInfo.InvariantCulture, change, database));

        (await ExamineAsync(postgres.ConnectionString)).ShouldSay("roles", Verdict.Failed, seen, "thanosql roles");
    }

    [Fact]
    public async Task A_database_that_takes_no_writes_is_a_failure()
    {
        await using var postgres = await MigratedAsync();
        await RunAsync(
            postgres.DataSource, $"ALTER DATABASE {postgres.Superuser.CreateConnection().Database} SET default_transaction_read_only = on");

        (await ExamineAsync(postgres.ConnectionString)).ShouldSay("database", Verdict.Failed, "takes no writes", "primary");
    }

    [Fact]
    public async Task The_last_connection_of_a_limit_is_told()
    {
        await using var postgres = await MigratedAsync();
        var name = postgres.Superuser.CreateConnection().Database;
        await using var held = await postgres.DataSource.OpenConnectionAsync(Cancellation);
        await RunAsync(postgres.Superuser, $"ALTER DATABASE {name} CONNECTION LIMIT 1");

        // The superuser's pool has one, too
        (await ExamineAsync(postgres.ConnectionString)).ShouldSay("database", Verdict.Failed, "too many connections");
        await RunAsync(postgres.Superuser, $"ALTER DATABASE {name} CONNECTION LIMIT 12");
        (await ExamineAsync(postgres.ConnectionString)).Of("connections").Seen.ShouldContain("this database's 12 connections");
    }

    [Fact]
    public async Task A_table_that_nobody_vacuums_is_named()
    {
        await using var postgres = await MigratedAsync();
        await using (var session = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false"))
        {
            await session.OpenAsync(Cancellation);
            foreach (var sql in new[]
            {
                "CREATE TABLE bloated (n int) WITH (autovacuum_enabled = off)", "INSERT INTO bloated SELECT generate_series(1, 60000)",
                "UPDATE bloated SET n = n", "UPDATE bloated SET n = n",
            })
            {
                await using var command = new NpgsqlCommand(sql, session);
                await command.ExecuteNonQueryAsync(Cancellation);
            }
        }

        (await ExamineAsync(postgres.ConnectionString)).ShouldSay("vacuum", Verdict.Warning, "public.bloated has 120,000 dead rows", "VACUUM");
    }

    [Fact]
    public async Task A_clock_that_is_off_is_told_with_how_much()
    {
        await using var postgres = await MigratedAsync();
        using var visit = new DoctorVisit(("Database:ConnectionString", postgres.ConnectionString)) { Time = new Late(TimeSpan.FromHours(1)) };

        (await visit.RunAsync()).ShouldSay("clocks", Verdict.Failed, "the database's clock is 3600", "NTP");
    }

    private Task<PostgresServer> MigratedAsync() => MigratedDatabase.OnAsync(servers);

    private static async Task<Report> ExamineAsync(string connection)
    {
        using var visit = new DoctorVisit(("Database:ConnectionString", connection));
        return await visit.RunAsync();
    }

    private static async Task RunAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    /// <summary>A machine whose clock is behind.</summary>
    private sealed class Late(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - by;
    }
}
