using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ThanoSql.Catalog.Roles;

/// <summary>
/// The database as users' SQL sees it: a pool per scope, each logged in as a role of its own. Never SET ROLE: a session that once had more rights can
/// take them back. A connection that goes back to its pool is reset before its next user: with DISCARD ALL, or, where statements stay prepared, with
/// all that this does but for them.
/// </summary>
public sealed class UserDatabase(NpgsqlDataSource owner, IOptions<UserDatabaseOptions> options, ILoggerFactory loggers) : IAsyncDisposable
{
    private const int PreparedStatements = 60; // a connection's; the least recently used goes first

    private readonly SemaphoreSlim _gate = new(1);
    private IReadOnlyDictionary<(bool Writes, bool Prepares), NpgsqlDataSource>? _pools;

    /// <summary>The pool of a token's scope. The first call makes or repairs the roles; it needs the migrated catalog.</summary>
    /// <exception cref="CatalogException">The roles were not made; the message says how to.</exception>
    public Task<NpgsqlDataSource> PoolAsync(TokenScope scope, CancellationToken cancellationToken) =>
        PoolAsync(scope, prepares: false, cancellationToken);

    /// <summary>
    /// A pool of its own for statements that came before and only read: they stay prepared on its connections, so PostgreSQL plans them once.
    /// Whatever goes wrong on it may be tried again on the other one.
    /// </summary>
    public Task<NpgsqlDataSource> PreparingPoolAsync(TokenScope scope, CancellationToken cancellationToken) =>
        PoolAsync(scope, prepares: true, cancellationToken);

    private async Task<NpgsqlDataSource> PoolAsync(TokenScope scope, bool prepares, CancellationToken cancellationToken)
    {
        if (_pools is { } ready)
            return ready[(scope.Writes(), prepares)];
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _pools ??= await OpenAsync(cancellationToken);
            return _pools[(scope.Writes(), prepares)];
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
    public async Task RefreshAsync(CancellationToken cancellationToken) =>
        await Installer(new SettingCatalog(owner)).InstallAsync(options.Value.ConnectionLimit, TempFileKilobytes, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools?.Values ?? [])
            await pool.DisposeAsync();
        _gate.Dispose();
    }

    private long TempFileKilobytes => options.Value.TempFileMegabytes * 1024L;

    private async Task<IReadOnlyDictionary<(bool Writes, bool Prepares), NpgsqlDataSource>> OpenAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        var settings = new SettingCatalog(owner);
        var database = new NpgsqlConnectionStringBuilder(owner.ConnectionString).Database!;
        var pools = new Dictionary<(bool, bool), NpgsqlDataSource>();
        foreach (var scope in new[] { TokenScope.Query, TokenScope.Write })
        {
            var role = SqlRole.Of(scope, database);
            var password = await settings.SecretAsync(role.Secret, cancellationToken);
            foreach (var prepares in new[] { false, true })
                pools[(scope.Writes(), prepares)] = Pool(role, password, prepares);
        }
        return pools;
    }

    private NpgsqlDataSource Pool(SqlRole role, string password, bool prepares)
    {
        var connection = new NpgsqlConnectionStringBuilder(owner.ConnectionString)
        {
            Username = role.Name,
            Password = password,
            ApplicationName = "thanosql user",
            SearchPath = "public",
            Timezone = "UTC",
            CommandTimeout = 0, // whoever runs a statement limits its time
            MaxPoolSize = options.Value.Connections,
            MinPoolSize = 0,
            NoResetOnClose = false,
            Multiplexing = false,
            Enlist = false,
            PersistSecurityInfo = false,
            IncludeErrorDetail = true, // a user's own rows, in the user's own error
            MaxAutoPrepare = prepares ? PreparedStatements : 0,
            AutoPrepareMinUsages = 1,
        };
        var name = prepares ? $"{role.Name} prepared" : role.Name;
        return new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = name }.UseLoggerFactory(loggers).Build();
    }

    private RoleInstaller Installer(SettingCatalog settings) => new(owner, settings, loggers.CreateLogger<RoleInstaller>());
}

/// <summary>Section <c>Database:Users</c>: the connections that users' SQL runs on.</summary>
public sealed class UserDatabaseOptions
{
    public const string Section = "Database:Users";

    /// <summary>Connections of this process for each of the two roles.</summary>
    [Range(1, 500)]
    public int Connections { get; set; } = 16;

    /// <summary>Connections that the server grants to each role, all processes together.</summary>
    [Range(1, 10_000)]
    public int ConnectionLimit { get; set; } = 64;

    /// <summary>Megabytes of sort and hash files that one session may keep on the server's disk.</summary>
    [Range(1, 1_000_000)]
    public int TempFileMegabytes { get; set; } = 1024;
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
