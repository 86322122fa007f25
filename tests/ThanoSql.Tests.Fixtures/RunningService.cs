using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.Client;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Tests.Fixtures;

/// <summary>All roles in this process, on a database and folders of their own, and a client with every right.</summary>
public class RunningService(RealServers servers) : IAsyncLifetime
{
    private readonly PostgresServer _postgres = new(servers);
    private WebApplication? _app;
    private ServiceClient? _client;

    internal ServiceClient Client => _client!;

    internal IServiceProvider Services => _app!.Services;

    internal string Token { get; private set; } = "";

    /// <summary>A folder for what the service keeps.</summary>
    protected string Home { get; } = Directory.CreateTempSubdirectory("thanosql-service-").FullName;

    /// <summary>The folder of the pipelines' files.</summary>
    protected virtual string Pipelines => Repository.File("pipelines");

    /// <summary>What differs from the usual service.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    public virtual async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _app = await StartAsync(Roles.All);
        Token = await _app.Services.GetRequiredService<TokenCatalog>().CreateAsync("tests", TokenScope.Admin, null, CancellationToken.None);
        _client = new ServiceClient(new Uri(_app.Urls.First()), Token);
    }

    /// <summary>Another process' worth of it, over the same database and folders.</summary>
    internal async Task<WebApplication> StartAsync(Roles roles)
    {
        var builder = ServiceApplication.Builder(new Dictionary<string, string?>(Settings)
        {
            ["Database:ConnectionString"] = _postgres.ConnectionString,
            ["Storage:Folder:Root"] = Path.Combine(Home, "store"),
            ["Models:Folder"] = Path.Combine(Home, "models"),
            ["Models:Download"] = "false",
            ["Indexing:Pipelines"] = Pipelines,
            ["Query:Urls"] = "http://127.0.0.1:0",
        });
        builder.Logging.OnlyWarnings();
        var app = await ServiceApplication.BuildAsync(builder, roles, CancellationToken.None);
        await app.StartAsync();
        return app;
    }

    public virtual async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        await _postgres.DisposeAsync();
        Directory.Delete(Home, recursive: true);
        GC.SuppressFinalize(this);
    }
}
