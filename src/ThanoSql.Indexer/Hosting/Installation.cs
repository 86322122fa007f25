using ThanoSql.Indexer.EmbeddedPostgreSql;

namespace ThanoSql.Indexer.Hosting;

/// <summary>
/// The database and folders that a command works with: those of the configuration, or a home folder with a PostgreSQL of its own, which is started
/// for as long as this lives unless it runs already.
/// </summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly HomeFolder? _home;
    private readonly EmbeddedServer? _server;
    private readonly ITimer? _logs;

    private Installation(IReadOnlyDictionary<string, string?> settings, HomeFolder? home, EmbeddedServer? server)
    {
        Settings = settings;
        _home = home;
        _server = server;
        _logs = home is null ? null : ServerLog.KeepSmall(home.PostgreSql, TimeProvider.System);
    }

    /// <summary>What the home folder adds to the configuration; everything that was configured takes precedence.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>
    /// Has the embedded server, if there is one, started again when it ends. Call it before the roles are added: they are stopped first.
    /// </summary>
    public void Supervise(IServiceCollection services)
    {
        if (_server is null)
            return;
        services.AddSingleton(_server).AddSingleton<ServerSupervisor>();
        services.AddHostedService(provider => provider.GetRequiredService<ServerSupervisor>());
    }

    /// <summary>For a process that serves: it alone holds the home folder, if it has one.</summary>
    /// <exception cref="StartException">Another process holds it, or PostgreSQL does not start.</exception>
    public static async Task<Installation> HoldAsync(
        IConfiguration configuration, string? homePath, Action<string> report, CancellationToken cancellationToken)
    {
        if (HasDatabase(configuration))
            return WithoutDatabase(homePath);
        var home = HomeFolder.Take(homePath ?? HomeFolder.Default);
        try
        {
            var server = await EmbeddedServer.StartAsync(home, ServerPort.Configured(configuration["Database:Port"]), report, cancellationToken);
            return new Installation(Folders(home.Path, server.ConnectionString), home, server);
        }
        catch
        {
            home.Dispose();
            throw;
        }
    }

    /// <summary>For a short command: uses the server of a process that serves, or starts it for a moment.</summary>
    public static async Task<Installation> VisitAsync(IConfiguration configuration, string? homePath, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(homePath ?? HomeFolder.Default);
        return !HasDatabase(configuration) && await EmbeddedServer.FindAsync(path, cancellationToken) is { } running
            ? new Installation(Folders(path, running), null, null)
            : await HoldAsync(configuration, homePath, _ => { }, cancellationToken);
    }

    /// <summary>For whoever only looks: with the server of a process that serves, or without a database. Nothing is started or made.</summary>
    /// <exception cref="StartException">A release before runs it.</exception>
    public static async Task<Installation> ObserveAsync(IConfiguration configuration, string? homePath, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(homePath ?? HomeFolder.Default);
        return new Installation(
            Folders(path, HasDatabase(configuration) ? null : await EmbeddedServer.FindAsync(path, cancellationToken)), null, null);
    }

    /// <summary>For a role that gets its database by configuration.</summary>
    public static Installation WithoutDatabase(string? homePath) => new(Folders(homePath ?? HomeFolder.Default), null, null);

    /// <summary>Whether the configuration names a PostgreSQL, so that there is no embedded one.</summary>
    public static bool HasDatabase(IConfiguration configuration) => !string.IsNullOrEmpty(configuration["Database:ConnectionString"]);

    public async ValueTask DisposeAsync()
    {
        if (_logs is not null)
            await _logs.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _home?.Dispose();
    }

    private static Dictionary<string, string?> Folders(string home, string? connectionString = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Storage:Folder:Root"] = Path.Combine(home, "store"),
            ["Models:Folder"] = Path.Combine(home, "models"),
            ["Query:Images:ThumbnailFolder"] = Path.Combine(home, "cache", "thumbnails"),
            ["Indexing:Pipelines"] = Directory.Exists("pipelines")
                ? Path.GetFullPath("pipelines")
                : Path.Combine(AppContext.BaseDirectory, "pipelines"),
        };
        if (connectionString is not null)
            settings["Database:ConnectionString"] = connectionString;
        return settings;
    }
}

/// <summary>Where one installation keeps its files; one process at a time holds it.</summary>
/// <remarks>The lock is the kernel's (flock), so that it ends with the process however that ends.</remarks>
internal sealed class HomeFolder : IDisposable
{
    public const string PostgreSqlFolder = "postgresql";

    private readonly FileStream _lock;

    private HomeFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    public string PostgreSql => System.IO.Path.Combine(Path, PostgreSqlFolder);

    /// <summary><c>/var/lib/thanosql</c> as root, else <c>~/.local/share/thanosql</c>.</summary>
    public static string Default => Environment.IsPrivilegedProcess
        ? "/var/lib/thanosql"
        : System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "thanosql");

    /// <exception cref="StartException">Another process holds the folder, or it cannot be written.</exception>
    public static HomeFolder Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var file = System.IO.Path.Combine(path, "lock");
        try
        {
            Directory.CreateDirectory(path);
            var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(PidFile(path), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new HomeFolder(path, stream);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StartException($"{path} cannot be written ({denied.Message}). Choose another folder with --home.");
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new StartException($"Another thanosql (process {HolderOf(path)}) uses {path}. Stop it, or choose another folder with --home.");
        }
        catch (IOException broken)
        {
            throw new StartException($"{path} cannot be used ({broken.Message}). Choose another folder with --home.");
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string PidFile(string path) => System.IO.Path.Combine(path, "pid");

    private static string HolderOf(string path) => File.Exists(PidFile(path)) ? File.ReadAllText(PidFile(path)) : "unknown";
}
