using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Tests.Fixtures;
using Migration = ThanoSql.Catalog.Migrator.Migration;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>Which migrations run, on a database of each test's own.</summary>
public sealed class MigratorTests(RealServers servers) : IAsyncLifetime
{
    private static readonly Migration First = Table(1, "first"), Late = Table(2, "late"), Third = Table(3, "third");

    private readonly PostgresServer _postgres = new(servers);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _postgres.InitializeAsync();

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task One_below_the_newest_that_ran_is_made_up_for()
    {
        await RunAsync(First, Third);

        (await RunAsync(First, Late, Third, Table(4, "fourth"))).ShouldBe(2);
        (await RunAsync(First, Late, Third, Table(4, "fourth"))).ShouldBe(0);

        (await LedgerAsync()).ShouldBe("1 first, 3 third, 2 late, 4 fourth");
        (await TablesAsync()).ShouldBe("first, fourth, late, third");
    }

    [Fact]
    public async Task One_that_fails_leaves_nothing_behind_and_stops_those_after_it()
    {
        await RunAsync(First, Third);
        var broken = Late with { Sql = $"{Late.Sql}; SELECT 1 / 0" };

        var error = await Should.ThrowAsync<PostgresException>(() => RunAsync(First, broken, Third, Table(4, "fourth")));
        error.SqlState.ShouldBe(PostgresErrorCodes.DivisionByZero);

        (await LedgerAsync()).ShouldBe("1 first, 3 third");
        (await TablesAsync()).ShouldBe("first, third");
        (await RunAsync(First, Late, Third)).ShouldBe(1); // the lock is free, too
    }

    [Fact]
    public async Task Several_at_once_run_each_of_them_once()
    {
        const int runners = 4;
        await RunAsync(First, Third);
        await using var holder = await _postgres.DataSource.OpenConnectionAsync(Cancellation);
        await using var hold = await holder.BeginTransactionAsync(Cancellation);
        // Lets them read what ran, and write nothing: all of them are under way when the first goes on
        await using (var command = new NpgsqlCommand("LOCK TABLE thanosql.migration IN SHARE MODE", holder))
            await command.ExecuteNonQueryAsync(Cancellation);
        var runs = Enumerable.Range(0, runners).Select(_ => RunAsync(First, Late, Third)).ToList();
        const string waiting = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while (await TextAsync(waiting) != $"{runners}")
            await Task.Delay(10, Cancellation);

        await hold.CommitAsync(Cancellation);

        (await Task.WhenAll(runs)).Sum().ShouldBe(1);
        (await LedgerAsync()).ShouldBe("1 first, 3 third, 2 late");
    }

    [Fact]
    public async Task A_users_view_that_is_in_the_way_of_one_is_named_with_its_owner()
    {
        await RunAsync(First, new Migration(3, "view", "CREATE VIEW thanosql.shown AS SELECT 1 AS one"));
        await TextAsync("CREATE VIEW public.mine AS SELECT one FROM thanosql.shown; SELECT ''");

        var error = await Should.ThrowAsync<CatalogException>(
            () => RunAsync(First, new Migration(3, "view", ""), new Migration(4, "anew", "DROP VIEW thanosql.shown")));

        error.Message.ShouldContain("Migration 4 (anew)");
        error.Message.ShouldContain("mine (of thanosql_test_");
        await TextAsync("DROP VIEW public.mine; SELECT ''");
        (await RunAsync(First, new Migration(3, "view", ""), new Migration(4, "anew", "DROP VIEW thanosql.shown"))).ShouldBe(1);
    }

    [Fact]
    public async Task A_release_that_does_not_know_two_of_them_is_refused_whatever_their_numbers()
    {
        var fourth = Table(4, "fourth");
        await RunAsync(First, Late, Third, fourth);

        (await RunAsync(First, Third, fourth)).ShouldBe(0);
        var error = await Should.ThrowAsync<CatalogException>(() => RunAsync(First, fourth, Table(5, "fifth")));

        error.Message.ShouldContain("The database is at migration 3, this release at 5: a newer one ran 2 migrations");
        (await LedgerAsync()).ShouldBe("1 first, 2 late, 3 third, 4 fourth");
    }

    [Fact]
    public async Task A_database_one_step_ahead_is_named_by_its_newest_migration()
    {
        var newest = Migration.All()[^1].Number;
        await new Migrator(_postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(Cancellation);
        (await Migrator.AheadAsync(_postgres.DataSource, Cancellation)).ShouldBeNull();

        await TextAsync($"INSERT INTO thanosql.migration (number, name) VALUES ({newest + 1}, 'of_tomorrow') RETURNING ''");

        (await new Migrator(_postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(Cancellation)).ShouldBe(0);
        (await Migrator.AheadAsync(_postgres.DataSource, Cancellation)).ShouldBe($"{newest + 1:0000} of_tomorrow");
    }

    private static Migration Table(int number, string name) => new(number, name, $"CREATE TABLE thanosql.{name} ()");

    private Task<int> RunAsync(params Migration[] known) =>
        new Migrator(_postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(known, Cancellation);

    private Task<string?> LedgerAsync() => TextAsync("SELECT string_agg(number || ' ' || name, ', ' ORDER BY ran_at) FROM thanosql.migration");

    private Task<string?> TablesAsync() =>
        TextAsync("SELECT string_agg(tablename, ', ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'thanosql' AND tablename <> 'migration'");

    private async Task<string?> TextAsync(string sql)
    {
        await using var command = _postgres.DataSource.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync(Cancellation);
    }
}
