using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Embedding;
using ThanoSql.Planning;
using ThanoSql.Query;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>The query service on a port of 127.0.0.1, over a database of its own and a folder store.</summary>
public class QueryHost(RealServers servers) : IAsyncLifetime
{
    private readonly PostgresServer _postgres = new(servers);
    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-query-").FullName;
    private readonly Dictionary<TokenScope, string> _secrets = [];
    private WebApplication? _app;

    public NpgsqlDataSource Owner => _postgres.DataSource;

    /// <summary>For what the product itself may not see.</summary>
    public NpgsqlDataSource Superuser => _postgres.Superuser;

    public Uri Address => new(_app!.Urls.Single());

    public IServiceProvider Services => _app!.Services;

    /// <summary>The folder store's root.</summary>
    public string Folder => _folder;

    public IObjectStore Store => Services.GetRequiredService<IObjectStore>();

    /// <summary>What differs from the usual host.</summary>
    protected virtual IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    public virtual async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        await new Migrator(Owner, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);
        _app = await StartAsync();
        foreach (var scope in Enum.GetValues<TokenScope>())
            _secrets[scope] = await Services.GetRequiredService<TokenCatalog>().CreateAsync(scope.Name(), scope, null, CancellationToken.None);
    }

    /// <summary>A service over this database and store, beside those that there are.</summary>
    /// <param name="settings">Which differ from those of this host.</param>
    public async Task<WebApplication> StartAsync(params (string Key, string Value)[] settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration["Query:Limits:Seconds"] = "5";
        builder.Configuration["Query:Limits:Rows"] = "1000";
        builder.Configuration["Query:Limits:Megabytes"] = "2";
        builder.Configuration["Query:Images:Megabytes"] = "2";
        builder.Configuration["Query:Cors:Origins:0"] = "https://shop.example";
        foreach (var (key, value) in Settings.Select(s => (s.Key, s.Value)).Concat(settings))
            builder.Configuration[key] = value;
        builder.Services.AddSingleton(Owner);
        AddStore(builder.Services);
        builder.Services.AddSingleton<FillAnswers>((_, _, _, _) => Task.CompletedTask);
        builder.Services.AddMassTransit(bus => bus.UsingInMemory());
        builder.Services.AddQuery(builder.Configuration);
        var app = builder.Build();
        app.MapQuery();
        await app.StartAsync();
        return app;
    }

    protected virtual void AddStore(IServiceCollection services)
    {
        var store = new FolderStore(_folder);
        services.AddGuardedStore(_ => store);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    public string Secret(TokenScope scope) => _secrets[scope];

    public async Task<ApiToken> TokenAsync(TokenScope scope) =>
        (await Services.GetRequiredService<TokenCatalog>().AuthenticateAsync(Secret(scope), CancellationToken.None))!;

    /// <summary>A token of its own, to be revoked.</summary>
    public Task<string> CreateTokenAsync(string name, TokenScope scope) =>
        Services.GetRequiredService<TokenCatalog>().CreateAsync(name, scope, null, CancellationToken.None);

    /// <summary>The secret of a token of its own.</summary>
    public Task<string> NewTokenAsync(TokenScope scope) =>
        Services.GetRequiredService<TokenCatalog>().CreateAsync($"{scope} {Guid.NewGuid():N}", scope, null, CancellationToken.None);

    public HttpClient Client(TokenScope? scope) => ClientOf(scope is { } s ? Secret(s) : null);

    public HttpClient ClientOf(string? secret) => new()
    {
        BaseAddress = Address,
        DefaultRequestHeaders = { Authorization = secret is null ? null : new AuthenticationHeaderValue("Bearer", secret) },
    };

    /// <summary>Status and JSON of a statement sent over HTTP, as the older clients do: without a content type.</summary>
    public Task<(int Status, JsonElement Body)> QueryAsync(string statement, TokenScope scope = TokenScope.Write, string parameters = "") =>
        QueryAsAsync(Secret(scope), statement, parameters);

    /// <summary>As a token of its own.</summary>
    public async Task<(int Status, JsonElement Body)> QueryAsAsync(string secret, string statement, string parameters = "")
    {
        using var client = ClientOf(secret);
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { query_string = statement })));
        using var response = await client.PostAsync(new Uri($"/api/v1/query{parameters}", UriKind.Relative), body);
        using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
        return ((int)response.StatusCode, json.RootElement.Clone());
    }

    /// <summary>The rows of a statement that must succeed.</summary>
    public async Task<JsonElement> RowsAsync(string statement, TokenScope scope = TokenScope.Write)
    {
        var (status, body) = await QueryAsync(statement, scope);
        status.ShouldBe(200, body.ToString());
        using var split = JsonDocument.Parse(body.GetProperty("data").GetProperty("df").GetString()!);
        return split.RootElement.Clone();
    }

    public async Task<T> OwnerAsync<T>(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task OwnerAsync(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A model in service, without weights: what queries and pipelines must know of one.</summary>
    public Task ServeModelAsync(string name) => OwnerAsync($"""
        INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin) VALUES ('t', 'atto', 'x', 'p', 4, 'random')
            ON CONFLICT DO NOTHING;
        INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect)
            VALUES ('{name}', 'ConvNeXt_Tiny', 'image_path', 'label', 'old') ON CONFLICT DO NOTHING;
        INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source)
            SELECT model_id, 1, trunk_id, 'current', ARRAY['과일', '채소', '생선'], '', '' FROM thanosql.model, thanosql.trunk WHERE name = '{name}'
                ON CONFLICT DO NOTHING;
        UPDATE thanosql.model m SET current_version_id = (SELECT max(version_id) FROM thanosql.model_version v WHERE v.model_id = m.model_id)
            WHERE name = '{name}';
        """);

    /// <summary>The same without labels, as BUILD MODEL … USING SimCLR makes it.</summary>
    public async Task ServeEmbeddingsAsync(string name)
    {
        await ServeModelAsync(name);
        await OwnerAsync($"""
            UPDATE thanosql.model_version v SET labels = '{"{}"}' FROM thanosql.model m WHERE m.name = '{name}' AND v.model_id = m.model_id;
            UPDATE thanosql.model SET algorithm = 'SimCLR' WHERE name = '{name}';
            """);
    }
}
