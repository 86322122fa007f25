using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Query.Images;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>
/// A whole service, as somebody with a token meets it, with secrets laid out: no answer may hold one, and nothing that a superuser sees may differ
/// after an attempt.
/// </summary>
public class EscapeHost(RealServers servers) : IAsyncLifetime
{
    public const string Canary = "CANARY-7c1f";

    private readonly PostgresServer _postgres = new(servers);
    private readonly string _home = Directory.CreateTempSubdirectory("thanosql-escapes-").FullName;
    private readonly Dictionary<TokenScope, (string Secret, HttpClient Client)> _tokens = [];
    private readonly List<string> _secrets = [];
    private HashSet<string> _kept = [];
    private WebApplication? _app;
    private IReadOnlyList<string> _before = [];

    public static IReadOnlyList<TokenScope> Scopes { get; } = Enum.GetValues<TokenScope>();

    public Uri Address => new(_app!.Urls.First());

    public IServiceProvider Services => _app!.Services;

    public NpgsqlDataSource Superuser => _postgres.Superuser;

    /// <summary>Pipeline files, by name.</summary>
    protected virtual IReadOnlyDictionary<string, string> Pipelines { get; } = new Dictionary<string, string>
    {
        ["products"] = """
            name: products
            bucket: workspace
            prefix: products/
            table: products
            model: {name: colours}
            search: {columns: [price], filters: [price], sort: [price]}
            """,
    };

    /// <summary>What differs from the usual service.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>();

    public virtual async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        LayOutFiles();
        var builder = ServiceApplication.Builder(new Dictionary<string, string?>(Settings)
        {
            ["Database:ConnectionString"] = _postgres.ConnectionString,
            ["Storage:Folder:Root"] = Path.Combine(_home, "store"),
            ["Models:Folder"] = Path.Combine(_home, "models"),
            ["Models:Download"] = "false",
            ["Indexing:Pipelines"] = Path.Combine(_home, "pipelines"),
            ["Indexing:Refresh"] = "00:00:00.500",
            ["Query:Urls"] = "http://127.0.0.1:0",
            ["Query:Limits:Seconds"] = "5",
            ["Query:Logins:Failures"] = "10000",
        });
        builder.Logging.AddFilter((_, level) => level >= LogLevel.Critical);
        _app = await ServiceApplication.BuildAsync(builder, Roles.All, CancellationToken.None);
        await _app.StartAsync();
        foreach (var scope in Scopes)
            _tokens[scope] = await TokenAsync(scope.Name(), scope);
        await LayOutSecretsAsync();
        _before = await FingerprintAsync();
        _kept = await ObjectsAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var (_, client) in _tokens.Values)
            client.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        await _postgres.DisposeAsync();
        Directory.Delete(_home, recursive: true);
        GC.SuppressFinalize(this);
    }

    public string Secret(TokenScope scope) => _tokens[scope].Secret;

    public HttpClient Client(TokenScope scope) => _tokens[scope].Client;

    /// <summary>Status and body of a statement.</summary>
    public async Task<(int Status, string Body)> RunAsync(string statement, TokenScope scope)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { query_string = statement })));
        using var response = await Client(scope).PostAsync(new Uri("/api/v1/query", UriKind.Relative), body);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Which of the secrets stands in an answer; null for none.</summary>
    public string? SecretIn(string answer) => _secrets.Find(s => answer.Contains(s, StringComparison.OrdinalIgnoreCase));

    /// <summary>What differs from before, which counts as before from now on.</summary>
    public async Task<IReadOnlyList<string>> ChangesAsync()
    {
        var now = await FingerprintAsync();
        var changes = now.Except(_before).ToList();
        if (now.Count < _before.Count && changes.Count == 0)
            changes.AddRange(_before.Except(now));
        _before = now;
        return changes;
    }

    /// <summary>Drops what the steps of an attempt made, as a superuser.</summary>
    public async Task ClearAsync()
    {
        foreach (var made in (await ObjectsAsync()).Except(_kept))
        {
            await using var drop = Superuser.CreateCommand($"DROP {made} CASCADE");
            await drop.ExecuteNonQueryAsync();
        }
    }

    /// <summary>What stands there now counts as laid out.</summary>
    public async Task KeepAsync() => (_kept, _before) = (await ObjectsAsync(), await FingerprintAsync());

    public async Task StoreAsync(string key, byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        await Services.GetRequiredService<IObjectStore>().WriteAsync(new ObjectPath("workspace", key), stream, null, CancellationToken.None);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Superuser.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private Task<IReadOnlyList<string>> FingerprintAsync() => Fingerprint.TakeAsync(
        Superuser, _home, [Path.Combine(_home, "store", "workspace"), Path.Combine(_home, "store", ".thanosql-tmp"), Path.Combine(_home, "models")]);

    private async Task<HashSet<string>> ObjectsAsync()
    {
        const string sql = """
            SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END || ' IF EXISTS '
                || oid::regclass
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
            """;
        var objects = new HashSet<string>();
        await using var command = Superuser.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            objects.Add(reader.GetString(0));
        return objects;
    }

    private void LayOutFiles()
    {
        var workspace = Directory.CreateDirectory(Path.Combine(_home, "store", "workspace")).FullName;
        var outside = Directory.CreateDirectory(Path.Combine(_home, "outside")).FullName;
        foreach (var name in new[] { "secret.csv", "secret.jpg", "secret.onnx" })
            File.WriteAllText(Path.Combine(outside, name), $"image_path,text\n{Canary}-file,x\n");
        File.CreateSymbolicLink(Path.Combine(_home, "store", "linkbucket"), outside);
        File.CreateSymbolicLink(Path.Combine(workspace, "linkfolder"), outside);
        File.CreateSymbolicLink(Path.Combine(workspace, "link.csv"), Path.Combine(outside, "secret.csv"));
        File.CreateSymbolicLink(Path.Combine(workspace, "link.jpg"), Path.Combine(outside, "secret.jpg"));
        File.CreateSymbolicLink(Path.Combine(workspace, "link.onnx"), Path.Combine(outside, "secret.onnx"));
        File.CreateSymbolicLink(Path.Combine(workspace, "etc"), "/etc");
        File.WriteAllText(Path.Combine(workspace, ".hidden.csv"), $"a\n{Canary}-hidden\n");
        Directory.CreateDirectory(Path.Combine(workspace, "products"));
        File.WriteAllBytes(Path.Combine(workspace, "products", "1.png"), TestPictures.GradientPng());
        Directory.CreateDirectory(Path.Combine(_home, "pipelines"));
        foreach (var (name, yaml) in Pipelines)
            File.WriteAllText(Path.Combine(_home, "pipelines", $"{name}.yaml"), yaml);
    }

    private async Task LayOutSecretsAsync()
    {
        await using (var command = Superuser.CreateCommand($"""
            CREATE SCHEMA shop; CREATE TABLE shop.secret (text text); INSERT INTO shop.secret VALUES ('{Canary}-table');
            INSERT INTO thanosql.setting VALUES ('{Canary}-name', '{Canary}-setting');
            INSERT INTO thanosql.audit (who, kind, subject, action) VALUES ('{Canary}-audit', 'model', 'x', 'x');
            """))
        {
            await command.ExecuteNonQueryAsync();
        }
        await StoreAsync("colours.onnx", TestClassifier.OfColours());
        await MustAsync("CREATE TABLE products (image_path text PRIMARY KEY, price integer)");
        await MustAsync("INSERT INTO products VALUES ('products/1.png', 1)");
        await MustAsync("UPLOAD MODEL colours OPTIONS (labels=['red', 'green', 'blue']) FROM 'colours.onnx'");
        const string ready = """
            SELECT count(*) FROM thanosql.pipeline p, thanosql.image i WHERE p.name = 'products' AND p.state = 'active' AND i.state = 'indexed'
            """;
        while (await ScalarAsync<long>(ready) == 0)
            await Task.Delay(100);
        await Services.GetRequiredService<LinkSigner>().SignAsync("image", "", CancellationToken.None); // makes the key
        _secrets.AddRange([Canary, "root:x:0:0", "SCRAM-SHA-256$"]);
        await using var secrets = Superuser.CreateCommand("""
            SELECT value FROM thanosql.setting WHERE length(value) > 12 UNION SELECT secret FROM thanosql.link_key
            UNION SELECT encode(sha256, 'hex') FROM thanosql.token UNION SELECT encode(sha256, 'base64') FROM thanosql.token
            """);
        await using var reader = await secrets.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            _secrets.Add(reader.GetString(0));
    }

    public async Task MustAsync(string statement)
    {
        var (status, body) = await RunAsync(statement, TokenScope.Write);
        status.ShouldBe(200, string.Create(CultureInfo.InvariantCulture, $"{statement}: {body}"));
    }

    private async Task<(string Secret, HttpClient Client)> TokenAsync(string name, TokenScope scope)
    {
        var secret = await Services.GetRequiredService<TokenCatalog>().CreateAsync(name, scope, null, CancellationToken.None);
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return (secret, client);
    }
}
