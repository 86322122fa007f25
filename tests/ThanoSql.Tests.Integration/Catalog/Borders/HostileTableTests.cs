using System.Text;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog.Borders;

/// <summary>
/// Tables as somebody who means harm would make them: whatever they are called and whatever hangs on them, nothing of it is run as SQL of ours.
/// </summary>
public sealed class HostileTableTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const int Tables = 40;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hostile_table_is_filled_and_promoted_or_refused_with_a_reason_and_changes_nothing_else()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await using (await postgres.Sessions.OpenAsync(Cancellation))
        {
            // makes the roles' passwords
        }
        await UsersAsync("CREATE TABLE canary (x integer)");
        var outcomes = new List<string>();
        for (var seed = 0; seed < Tables; seed++)
        {
            var table = new HostileTable(new Random(seed), seed);
            var before = await FingerprintAsync();
            foreach (var statement in table.Statements)
                await UsersAsync(statement);

            outcomes.Add(await TryAsync(world, table, seed));

            (await FingerprintAsync()).ShouldBe(before, $"seed {seed}: {string.Join(";\n", table.Statements)}");
            await world.Registry.RegisterAsync([], Cancellation);
            foreach (var statement in table.Cleanup)
                await UsersAsync(statement);
        }
        // The generator has teeth in both directions
        outcomes.Count(o => o == "promoted").ShouldBeGreaterThan(Tables / 4, string.Join('\n', outcomes));
        outcomes.Count(o => o != "promoted").ShouldBeGreaterThan(2, string.Join('\n', outcomes));
        string[] expected = ["promoted", "waits: ", "refused: "];
        outcomes.ShouldAllBe(o => expected.Any(e => o.StartsWith(e, StringComparison.Ordinal)));
    }

    private async Task<string> TryAsync(CatalogWorld world, HostileTable table, int seed)
    {
        var model = $"hostile {seed}";
        var version = await world.ModelAsync(model);
        var definition = CatalogWorld.Pipeline($"hostile{seed}", table.Name, model) with
        {
            ImageCol = table.ImageCol,
            Columns = new IndexColumns { Keyword = table.KeywordCol },
        };
        await world.Registry.RegisterAsync([definition], Cancellation);
        var (state, reason) = (await PipelineAsync(world, definition.Name));
        if (state != "active")
            return string.IsNullOrWhiteSpace(reason) ? "waits in silence" : $"waits: {reason}";

        await world.IndexedAsync($"hostile{seed}/1.jpg", version, "과일", 0.9f);
        await UsersAsync($"INSERT INTO {table.Sql} ({Identifier.Quote(table.ImageCol)}) VALUES ('hostile{seed}/1.jpg')");
        await world.RowsAsync($"SELECT {Identifier.Quote(table.KeywordCol)} FROM {table.Sql}").ShouldBe1Async("과일");
        try
        {
            await PromoteAsync(world, model, await world.VersionAsync(model, "채소"));
        }
        catch (CatalogException refused)
        {
            return $"refused: {refused.Message}";
        }
        await world.RowsAsync($"SELECT {Identifier.Quote(table.KeywordCol)} FROM {table.Sql}").ShouldBe1Async("채소");
        return "promoted";
    }

    private async Task PromoteAsync(CatalogWorld world, string model, ModelVersion version)
    {
        var tables = await ServingTables.OfModelAsync(world.Database, model, "workspace", Cancellation);
        var promotion = new ModelPromotion(postgres.Sessions, Microsoft.Extensions.Logging.Abstractions.NullLogger<ModelPromotion>.Instance);
        await promotion.BeginAsync(version, tables, Cancellation);
        await promotion.FillTablesAsync(version, tables, (_, _) => Task.CompletedTask, Cancellation);
        await promotion.PromoteAsync(version, tables, new PromotionEffect(VersionState.Retired), Cancellation);
    }

    private static async Task<(string State, string Reason)> PipelineAsync(CatalogWorld world, string name)
    {
        var parts = (await world.RowsAsync($"SELECT state, reason FROM thanosql.pipeline WHERE name = '{name}'"))[0].Split('|', 2);
        return (parts[0], parts[1]);
    }

    // What none of it may change: roles, rights, functions of ours, tokens, the canary and its owner
    private async Task<string> FingerprintAsync()
    {
        await using var command = postgres.Superuser.CreateCommand("""
            SELECT concat_ws('|',
                (SELECT string_agg(rolname || rolsuper || rolcreaterole, ',' ORDER BY rolname) FROM pg_roles
                 WHERE rolname LIKE current_database() || '%'),
                (SELECT count(*) FROM pg_auth_members WHERE roleid::regrole::text LIKE current_database() || '%'),
                (SELECT count(*) FROM thanosql.token), (SELECT count(*) FROM thanosql.setting),
                (SELECT count(*) FROM public.canary), (SELECT relowner::regrole FROM pg_class WHERE oid = 'public.canary'::regclass),
                (SELECT count(*) FROM pg_proc p WHERE p.proowner::regrole::text NOT LIKE current_database() || '_tables'),
                (SELECT count(*) FROM pg_class c
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relowner::regrole::text NOT LIKE current_database() || '_%'))
            """);
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private async Task UsersAsync(string sql)
    {
        await using var connection = await postgres.Superuser.OpenConnectionAsync(Cancellation);
        var role = new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Database + "_write";
        await using var command = new NpgsqlCommand($"SET ROLE {role}; SET search_path = public; {sql}", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}

/// <summary>A table of random names, of a random kind, with random things hanging on it.</summary>
internal sealed class HostileTable
{
    private static readonly string[] Pieces =
    [
        "\"", "'", ";", "--", "/*", "*/", "$$", "$body$", "\\", "%I", "%s", "{0}", "\n", "\t", " ", "가", "é", "ﬁ", "🍎", ") USING btree (",
        "DROP TABLE canary",
        "; DROP TABLE public.canary; --", "keyword", "public.", "$1", "NULL", "x",
    ];

    private readonly Random _random;
    private readonly List<string> _statements = [];

    public HostileTable(Random random, int seed)
    {
        _random = random;
        Name = Word($"t{seed}");
        ImageCol = Word("image");
        KeywordCol = Word("kw", bytes: 45); // "_next" and the others must fit
        var other = Identifier.Quote(Word("other"));
        var (image, price) = (Identifier.Quote(ImageCol), Identifier.Quote(Word("price")));
        Kind = random.Next(8);
        Cleanup = [$"DROP {(Kind == 5 ? "VIEW" : Kind == 6 ? "MATERIALIZED VIEW" : "TABLE")} {Sql} CASCADE", "DROP TABLE IF EXISTS base CASCADE"];
        Add(Kind switch
        {
            4 => $"CREATE TABLE {Sql} ({image} text, {price} integer) PARTITION BY LIST ({price})",
            5 => $"CREATE TABLE base ({image} text, {price} integer); CREATE VIEW {Sql} AS SELECT * FROM base",
            6 => $"CREATE MATERIALIZED VIEW {Sql} AS SELECT 'x'::text AS {image}",
            7 => $"CREATE TABLE base ({image} text, {price} integer); CREATE TABLE {Sql} () INHERITS (base)",
            _ => $"CREATE TABLE {Sql} ({image} text, {price} integer DEFAULT 1, {other} text GENERATED ALWAYS AS (upper({image})) STORED)",
        });
        if (Kind == 4)
            Add($"CREATE TABLE {Identifier.Quote(Word("part"))} PARTITION OF {Sql} DEFAULT");
        if (Kind < 4)
            HangThingsOn(image, price);
    }

    public int Kind { get; }

    public string Name { get; }

    public string ImageCol { get; }

    public string KeywordCol { get; }

    public string Sql => $"public.{Identifier.Quote(Name)}";

    public IReadOnlyList<string> Statements => _statements;

    public IReadOnlyList<string> Cleanup { get; }

    private void HangThingsOn(string image, string price)
    {
        var keyword = Identifier.Quote(KeywordCol);
        Add($"ALTER TABLE {Sql} ADD {keyword} text");
        string[] things =
        [
            $"CREATE INDEX {Any("i")} ON {Sql} ({keyword} COLLATE \"C\" DESC NULLS LAST, {price}) INCLUDE ({image}) "
                + $"WHERE {keyword} <> '; DROP TABLE canary'",
            $"CREATE UNIQUE INDEX {Any("u")} ON {Sql} (lower({keyword}), {image}) WITH (fillfactor = 70)",
            $"CREATE INDEX {Any("h")} ON {Sql} USING hash ({keyword})",
            $"CREATE VIEW {Any("v")} WITH (security_barrier) AS SELECT {keyword}, {image} AS {Any("c")} FROM {Sql}",
            $"CREATE VIEW {Any("w")} AS SELECT count(*) AS n FROM {Sql} WHERE {keyword} IS NOT NULL",
            $"CREATE RULE {Any("r")} AS ON DELETE TO {Sql} DO ALSO NOTHING",
            $"ALTER TABLE {Sql} ADD CONSTRAINT {Any("k")} CHECK ({price} IS NULL OR {price} > 0)",
            $"ALTER TABLE {Sql} ADD CONSTRAINT {Any("q")} UNIQUE ({image})",
            $"ALTER TABLE {Sql} ENABLE ROW LEVEL SECURITY",
            $"CREATE POLICY {Any("p")} ON {Sql} USING ({keyword} IS NULL)",
            $"CREATE MATERIALIZED VIEW {Any("m")} AS SELECT {keyword} FROM {Sql}",
            $"CREATE STATISTICS {Any("s")} ON {keyword}, {image} FROM {Sql}",
            $"CREATE TEMPORARY VIEW {Any("t")} AS SELECT {keyword} FROM {Sql}",
        ];
        foreach (var thing in things.Where(_ => _random.Next(4) == 0))
            Add(thing);
    }

    private string Any(string seed) => Identifier.Quote(Word(seed + _random.Next(1_000_000)));

    private void Add(string statement) => _statements.Add(statement);

    /// <summary>A name of up to so many bytes of UTF-8, often exactly that.</summary>
    private string Word(string start, int bytes = 63)
    {
        var word = new StringBuilder(start);
        for (var pieces = _random.Next(6); pieces > 0; pieces--)
        {
            var piece = Pieces[_random.Next(Pieces.Length)];
            if (Encoding.UTF8.GetByteCount(word.ToString()) + Encoding.UTF8.GetByteCount(piece) <= bytes)
                word.Append(piece);
        }
        if (_random.Next(4) == 0)
            word.Append('z', bytes - Encoding.UTF8.GetByteCount(word.ToString()));
        return word.ToString();
    }
}

file static class OneRow
{
    public static async Task ShouldBe1Async(this Task<List<string>> rows, string only) => (await rows).ShouldBe([only]);
}
