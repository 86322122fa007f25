using System.Diagnostics;
using System.Net.Http.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>A service with a pipeline over a table for each attempt.</summary>
public sealed class TableEscapeHost(RealServers servers) : EscapeHost(servers)
{
    protected override IReadOnlyDictionary<string, string> Pipelines { get; } = new Dictionary<string, string>(
        Enumerable.Range(0, TableAttempts.All.Count).Select(i => KeyValuePair.Create(Table(i), $$"""
            name: {{Table(i)}}
            bucket: workspace
            prefix: {{Table(i)}}/
            table: {{Table(i)}}
            rows: create
            model: {name: colours}
            """)))
    {
        ["products"] = """
            name: products
            bucket: workspace
            prefix: products/
            table: products
            model: {name: colours}
            """,
    };

    public static string Table(int attempt) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"hostile_{attempt:D3}");
}

/// <summary>
/// What hangs on a pipeline's table when the service itself writes it: after an event, for a label, for a shop's row, in COPY, in a switch of models.
/// </summary>
public sealed class TableEscapeTests(TableEscapeHost host, ITestOutputHelper output) : IClassFixture<TableEscapeHost>
{
    // What the service and the attempts may well change of what a fingerprint holds.
    private static readonly string[] Usual =
        ["models", "versions", "labels", "triggers", "functions", "objects", "catalog", "embeddings", "casts, operators", "types", "comments",
            "products", "views"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_hangs_on_a_pipelines_table_gets_further_than_its_maker()
    {
        var clock = Stopwatch.StartNew();
        var through = new List<string>();
        var attempts = TableAttempts.All;
        for (var i = 0; i < attempts.Count; i++)
        {
            var table = TableEscapeHost.Table(i);
            foreach (var scope in EscapeHost.Scopes.Where(s => s != TokenScope.Admin))
            {
                foreach (var statement in attempts[i].Statements)
                    await RunAsync(through, attempts[i].Name, statement.Replace("{t}", table, StringComparison.Ordinal), scope);
            }
            await host.StoreAsync($"{table}/new.png", TestPictures.NoisePng(40, 40, i));
        }
        await SettledAsync(attempts.Count);
        // One table that cannot be filled keeps no other pipeline waiting.
        var last = TableEscapeHost.Table(attempts.Count - 1);
        while (await host.ScalarAsync<string>($"SELECT state FROM thanosql.pipeline WHERE name = '{last}'") != "active")
        {
            clock.Elapsed.TotalSeconds.ShouldBeLessThan(200, "the last pipeline waits for the others");
            await Task.Delay(200, Cancellation);
        }
        for (var i = 0; i < attempts.Count; i++)
            await ProvokeAsync(through, attempts[i].Name, TableEscapeHost.Table(i));
        // A switch of the model rewrites all of the tables.
        await RunAsync(through, "switch", "UPLOAD MODEL colours OPTIONS (labels=['rouge', 'vert', 'bleu'], overwrite=True) FROM 'colours.onnx'",
            TokenScope.Write);
        await SettledAsync(attempts.Count);

        for (var i = 0; i < attempts.Count; i++)
            await LookAsync(through, attempts[i].Name, TableEscapeHost.Table(i));
        through.AddRange((await host.ChangesAsync()).Where(c => !Usual.Any(u => c.StartsWith(u + ":", StringComparison.Ordinal))).Select(c =>
            $"changed {c}"));
        (await host.ScalarAsync<long>("SELECT count(*) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace")).ShouldBe(0);
        (await host.ScalarAsync<long>(
            "SELECT count(*) FROM thanosql.label WHERE labelled_by !~ '_(write|tables)$' AND labelled_by <> 'write'")).ShouldBe(0);
        (await host.ScalarAsync<long>("SELECT count(*) FROM thanosql.audit WHERE who = 'token admin'")).ShouldBe(0);
        (await host.RunAsync("SELECT * FROM products", TokenScope.Query)).Status.ShouldBe(200);
        output.WriteLine($"tables: {attempts.Count} attempts, {clock.Elapsed.TotalSeconds:F1} s");
        through.ShouldBeEmpty(string.Join("\n", through));
    }

    private async Task ProvokeAsync(List<string> through, string name, string table)
    {
        await RunAsync(through, name, $"INSERT INTO {table} (image_path) VALUES ('{table}/of the shop.png')", TokenScope.Write);
        using var answer = await host.Client(TokenScope.Write).PutAsJsonAsync(
            new Uri($"/api/v1/labels/{table}/new.png", UriKind.Relative), new { label = "red" }, Cancellation);
        var body = await answer.Content.ReadAsStringAsync(Cancellation);
        if ((int)answer.StatusCode >= 500 && answer.StatusCode != System.Net.HttpStatusCode.GatewayTimeout || host.SecretIn(body) is not null)
            through.Add($"{name}: the label was answered {answer.StatusCode}: {body}");
        await RunAsync(through, name, $"COPY {table} OPTIONS (if_exists='append') FROM [{{\"image_path\": \"{table}/copied.png\"}}]",
            TokenScope.Write);
    }

    private async Task RunAsync(List<string> through, string name, string statement, TokenScope scope)
    {
        var (status, body) = await host.RunAsync(statement, scope);
        if (status >= 500 && status != 504 || host.SecretIn(body) is not null || scope < TokenScope.Write && status < 400)
            through.Add($"{name}: '{statement}' as {scope} was answered {status}: {body}");
    }

    // Each picture was looked at, and its table was written or refused it.
    private async Task SettledAsync(int pictures)
    {
        const string settled = """
            SELECT count(*) FROM thanosql.image
            WHERE key LIKE 'hostile%/new.png' AND (state <> 'pending' OR attempts > 0 OR failure_kind IS NOT NULL)
            """;
        var deadline = DateTime.UtcNow.AddSeconds(120);
        while (await host.ScalarAsync<long>(settled) < pictures)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, "pictures are left alone");
            await Task.Delay(200, Cancellation);
        }
    }

    // As a superuser, who sees what the spies brought home.
    private async Task LookAsync(List<string> through, string name, string table)
    {
        if (await host.ScalarAsync<bool>($"SELECT NOT EXISTS (SELECT FROM pg_class WHERE relname = '{table}' AND relkind IN ('r', 'p', 'm'))"))
            return;
        var rows = await host.ScalarAsync<string>($"SELECT coalesce(string_agg(left(t::text, 100000), ' '), '') FROM public.{table} t");
        if (host.SecretIn(rows) is { } secret)
            through.Add($"{name}: the table holds the secret {secret}");
        var tells = await host.ScalarAsync<bool>(
            $"SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'public.{table}'::regclass AND attname = 'ran_as')");
        var others = $"SELECT coalesce(string_agg(DISTINCT ran_as, ','), '') FROM public.{table} WHERE ran_as !~ '_(tables|write)$'";
        if (tells && await host.ScalarAsync<string>(others) is { Length: > 0 } who)
        {
            through.Add($"{name}: ran as {who}");
        }
    }
}
