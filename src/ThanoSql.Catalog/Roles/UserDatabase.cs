using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ThanoSql.Catalog.Roles;

/// <summary>
/// The database as users' SQL sees it: sessions logged in as a role for each scope. Never SET ROLE: a session that once had more rights can take
/// them back. A session serves one token only, and is reset when it is given back.
/// </summary>
/// <param name="owner">Makes the roles.</param>
/// <param name="service">Ends sessions; the owner's own connections where there is none.</param>
public sealed class UserDatabase(
    NpgsqlDataSource owner, IOptions<UserDatabaseOptions> options, ILoggerFactory loggers, ServiceDatabase? service = null,
    TimeProvider? time = null) : IAsyncDisposable
{
    /// <summary>For statements that are nobody's: no token can have this name.</summary>
    public const string NoToken = "\0";

    private const string SearchName = "thanosql search";
    private const int IdleSeconds = 10;
    private const int PreparedStatements = 60; // a connection's; the least recently used goes first

    private readonly SemaphoreSlim _gate = new(1);
    private Pools? _pools;
    private volatile bool _admitted;

    /// <summary>A session for one statement of a token. The first call admits the roles; it needs the migrated catalog.</summary>
    /// <param name="token">The token's name.</param>
    /// <param name="scope">Whose rights it has.</param>
    /// <param name="cancellationToken">Ends the wait for one.</param>
    /// <exception cref="CatalogException">The roles were not made; the message says how to.</exception>
    public Task<UserConnection> OpenAsync(string token, TokenScope scope, CancellationToken cancellationToken) =>
        OpenAsync(new UserSessionKey(token, Prepares: false), scope, cancellationToken);

    /// <summary>
    /// For statements that came before and only read: they stay prepared on the token's sessions, so PostgreSQL plans them once. Whatever goes wrong
    /// on one may be tried again on another.
    /// </summary>
    public Task<UserConnection> OpenPreparingAsync(string token, TokenScope scope, CancellationToken cancellationToken) =>
        OpenAsync(new UserSessionKey(token, Prepares: true), scope, cancellationToken);

    /// <summary>Sessions that are made for whoever opens them and end when they are closed.</summary>
    public async Task<NpgsqlDataSource> PoolAsync(TokenScope scope, CancellationToken cancellationToken) =>
        (await PoolsAsync(cancellationToken)).Of(scope).Single;

    /// <summary>
    /// Reads as the role of scope query does, on connections that no user's statement ever had or takes: for statements that are ours. They are reset
    /// after each, since code that users hung on a table may run in them.
    /// </summary>
    public async ValueTask<NpgsqlDataSource> SearchPoolAsync(CancellationToken cancellationToken) => (await PoolsAsync(cancellationToken)).Search;

    /// <summary>
    /// The same for statements of ours in which no code of users can run, whatever they make of the table: these stay prepared and nothing is reset.
    /// Row security is off here, which means that a table with policies is refused.
    /// </summary>
    public async ValueTask<NpgsqlDataSource> PreparedSearchPoolAsync(CancellationToken cancellationToken) =>
        (await PoolsAsync(cancellationToken)).PreparedSearch;

    private async Task<UserConnection> OpenAsync(UserSessionKey key, TokenScope scope, CancellationToken cancellationToken) =>
        await (await PoolsAsync(cancellationToken)).Of(scope).OpenAsync(key, cancellationToken);

    private async ValueTask<Pools> PoolsAsync(CancellationToken cancellationToken)
    {
        if (_pools is { } ready)
            return ready;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _pools ??= await OpenAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Before anything is made in the database: whoever connects as a superuser would own it as one.</summary>
    /// <exception cref="CatalogException">The owner is a superuser, or the roles were not made; the message says what to do.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken) => await Installer(new SettingCatalog(owner)).CheckAsync(cancellationToken);

    /// <summary>
    /// Makes sure that the roles may use what a migration or a command has just made. Other processes see it at once: rights live in the database.
    /// </summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await Installer(new SettingCatalog(owner)).InstallAsync(options.Value.ConnectionLimit, TempFileKilobytes, cancellationToken);
        _admitted = true;
    }

    /// <summary><see cref="RefreshAsync"/>, unless this process has done it.</summary>
    internal Task AdmitAsync(CancellationToken cancellationToken) => _admitted ? Task.CompletedTask : RefreshAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_pools is { } pools)
            await pools.DisposeAsync();
        _gate.Dispose();
    }

    private long TempFileKilobytes => options.Value.TempFileMegabytes * 1024L;

    private async Task<Pools> OpenAsync(CancellationToken cancellationToken)
    {
        await AdmitAsync(cancellationToken);
        var settings = new SettingCatalog(owner);
        var database = new NpgsqlConnectionStringBuilder(owner.ConnectionString).Database!;
        var sources = new Dictionary<TokenScope, RoleSource>();
        foreach (var scope in new[] { TokenScope.Query, TokenScope.Write })
        {
            var role = SqlRole.Of(scope, database);
            sources[scope] = new RoleSource(role, await settings.SecretAsync(role.Secret, cancellationToken), ReadsOnly: !scope.Writes());
        }
        var reading = sources[TokenScope.Query];
        return new Pools(Connections(reading), Connections(sources[TokenScope.Write]), SearchPool(reading), PreparedSearchPool(reading));
    }

    private UserConnections Connections(RoleSource of)
    {
        var (ours, clock) = (service?.Source ?? owner, time ?? TimeProvider.System);
        var ender = new SessionEnder(ours, of.Role.Name, clock, loggers.CreateLogger<SessionEnder>());
        var memory = new BackendMemory(of.Role.Name, BackendMemory.IsLocal(new NpgsqlConnectionStringBuilder(owner.ConnectionString).Host));
        var watch = new SessionWatch(ours, memory, options.Value, clock, loggers.CreateLogger<SessionWatch>());
        var plain = Build(of, of.Role.Name, _ => { });
        var preparing = Build(of, $"{of.Role.Name} prepared", connection =>
        {
            connection.MaxAutoPrepare = PreparedStatements;
            connection.AutoPrepareMinUsages = 1;
        });
        return new UserConnections((plain, preparing), (ender, watch), options.Value.Connections, clock);
    }

    private NpgsqlDataSource SearchPool(RoleSource of) => Build(of, $"{of.Role.Name} search", connection =>
    {
        connection.ApplicationName = SearchName;
        connection.Pooling = true;
        connection.MaxPoolSize = options.Value.SearchConnections;
        connection.Options += " -c jit=off"; // longer than a search takes
        connection.ConnectionIdleLifetime = IdleSeconds; // the other pool of search is the one in use
        connection.ConnectionPruningInterval = IdleSeconds;
    });

    private NpgsqlDataSource PreparedSearchPool(RoleSource of) => Build(of, $"{of.Role.Name} prepared search", connection =>
    {
        connection.ApplicationName = SearchName;
        connection.Pooling = true;
        connection.MaxPoolSize = options.Value.SearchConnections;
        connection.MinPoolSize = 1;
        connection.MaxAutoPrepare = PreparedStatements;
        connection.AutoPrepareMinUsages = 2;
        connection.NoResetOnClose = true;
        connection.Options += " -c row_security=off -c jit=off";
    });

    private NpgsqlDataSource Build(RoleSource of, string name, Action<NpgsqlConnectionStringBuilder> set)
    {
        var connection = new NpgsqlConnectionStringBuilder(owner.ConnectionString)
        {
            Username = of.Role.Name,
            Password = of.Password,
            ApplicationName = "thanosql user",
            SearchPath = "public",
            Timezone = "UTC",
            CommandTimeout = 0, // whoever runs a statement limits its time
            Pooling = false, // UserConnections keeps them
            Multiplexing = false,
            Enlist = false,
            PersistSecurityInfo = false,
            IncludeErrorDetail = true, // a user's own rows, in the user's own error
        };
        connection.Options = string.Join(' ', new[] { connection.Options, Settings(of) }.Where(o => !string.IsNullOrEmpty(o)));
        set(connection);
        return new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = name }.UseLoggerFactory(loggers).Build();
    }

    // What a session begins with and a reset returns to. A transaction that has begun to read cannot turn itself into one that writes, so a statement
    // of the reading role makes not even temporary tables.
    private string Settings(RoleSource of) => string.Create(
        CultureInfo.InvariantCulture,
        $"-c work_mem={options.Value.WorkMegabytes}MB -c hash_mem_multiplier=1{(of.ReadsOnly ? " -c default_transaction_read_only=on" : "")}");

    private RoleInstaller Installer(SettingCatalog settings) => new(owner, settings, loggers.CreateLogger<RoleInstaller>());

    private sealed record RoleSource(SqlRole Role, string Password, bool ReadsOnly);

    private sealed record Pools(UserConnections Query, UserConnections Write, NpgsqlDataSource Search, NpgsqlDataSource PreparedSearch)
        : IAsyncDisposable
    {
        public UserConnections Of(TokenScope scope) => scope.Writes() ? Write : Query;

        public async ValueTask DisposeAsync()
        {
            await Query.DisposeAsync();
            await Write.DisposeAsync();
            await Search.DisposeAsync();
            await PreparedSearch.DisposeAsync();
        }
    }
}

/// <summary>Section <c>Database:Users</c>: the connections that users' SQL runs on.</summary>
public sealed class UserDatabaseOptions
{
    public const string Section = "Database:Users";

    /// <summary>Connections of this process for each of the two roles, idle ones included; who finds none waits.</summary>
    [Range(1, 500)]
    public int Connections { get; set; } = 16;

    /// <summary>Connections of this process that only search uses.</summary>
    [Range(1, 500)]
    public int SearchConnections { get; set; } = 16;

    /// <summary>Connections that the server grants to each role, all processes together.</summary>
    [Range(1, 10_000)]
    public int ConnectionLimit { get; set; } = 64;

    /// <summary>Megabytes of sort and hash files that one session may keep on the server's disk.</summary>
    [Range(1, 1_000_000)]
    public int TempFileMegabytes { get; set; } = 1024;

    /// <summary>
    /// Megabytes that a session may keep in temporary tables while a statement runs: the rows of PREDICT over images that nobody looked at yet.
    /// </summary>
    [Range(1, 1_000_000)]
    public int TempTableMegabytes { get; set; } = 1024;

    /// <summary>
    /// Megabytes of memory of one session's processes, beside what all sessions share. Known only where the server runs on this machine.
    /// </summary>
    [Range(32, 1_000_000)]
    public int BackendMegabytes { get; set; } = 512;

    /// <summary>Megabytes of one sort or hash table, from where on PostgreSQL writes it to files (its <c>work_mem</c>).</summary>
    [Range(1, 10_000)]
    public int WorkMegabytes { get; set; } = 16;
}

public static class UserDatabaseServices
{
    /// <summary>Registers <see cref="UserDatabase"/>; needs the owner's NpgsqlDataSource. Calling it twice is harmless.</summary>
    public static IServiceCollection AddUserDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<UserDatabaseOptions>()
            .Bind(configuration.GetSection(UserDatabaseOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<UserDatabase>();
        return services;
    }
}
