using System.Security.Cryptography;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>A PostgreSQL of this installation's own: on 127.0.0.1, with a password, run by an ordinary user.</summary>
/// <remarks>
/// After a SIGKILL of this program the server lives on; the next start adopts it. Whether a server that ended is started again is
/// <see cref="ServerSupervisor"/>'s affair.
/// </remarks>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    /// <summary>The data, in <see cref="Folder"/>.</summary>
    public const string DataFolder = "data";

    /// <summary>Holds the superuser's password, in <see cref="Folder"/>.</summary>
    public const string SuperuserSecret = "password";

    /// <summary>Holds the owner's password, in <see cref="Folder"/>.</summary>
    public const string OwnerSecret = "owner-password";

    private const string Database = "thanosql";
    private const string Owner = "thanosql_owner";
    private const string Superuser = "thanosql"; // of the bootstrap and of backups alone: also the owner of homes that releases before made

    // A server that ended may need a new segment of its write-ahead log (16 MiB), and some more, before it can work again.
    private const long SpaceToStart = 64 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _programs;
    private readonly string _data;
    private readonly int _port;

    private EmbeddedServer(string folder, string programs, string data, int port, string connectionString)
    {
        Folder = folder;
        _programs = programs;
        _data = data;
        _port = port;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    /// <summary>Holds its data, logs and programs.</summary>
    public string Folder { get; }

    public bool IsRunning => PostmasterFile.OfRunning(_data) is not null;

    /// <summary>Bytes that are left on its disk; null when there is enough to start with.</summary>
    public long? TooLittleSpace => new DriveInfo(Folder).AvailableFreeSpace is var free and < SpaceToStart ? free : null;

    /// <inheritdoc cref="StartAsync(HomeFolder, int?, Action{string}, CancellationToken)"/>
    public static Task<EmbeddedServer> StartAsync(HomeFolder home, Action<string> report, CancellationToken cancellationToken) =>
        StartAsync(home, wantedPort: null, report, cancellationToken);

    /// <summary>Starts, or adopts, the server of a home folder and makes sure that its database exists.</summary>
    /// <param name="home">Its folder.</param>
    /// <param name="wantedPort">Null: that of its last start, where it is free still.</param>
    /// <param name="report">Told what takes time.</param>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <exception cref="StartException">
    /// The binaries are missing, the wanted port is taken, a restore was cut off, or the server does not start; the message holds the end of its log.
    /// </exception>
    /// <exception cref="CatalogException">A newer release has migrated the database; nothing was changed.</exception>
    public static async Task<EmbeddedServer> StartAsync(
        HomeFolder home, int? wantedPort, Action<string> report, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(home.PostgreSql);
        RestoreMark.Refuse(home.PostgreSql);
        var programs = Binaries.Install(home.PostgreSql);
        var data = Path.Combine(home.PostgreSql, DataFolder);
        var superuser = await InitialiseAsync(home.PostgreSql, programs, data, report, cancellationToken);
        var port = PostmasterFile.OfRunning(data)?.Port;
        if (port is null)
        {
            port = ServerPort.Choose(home.PostgreSql, wantedPort);
            await LaunchAsync(home.PostgreSql, programs, data, port.Value, cancellationToken);
        }
        else
        {
            report(wantedPort is null || wantedPort == port
                ? "adopted the PostgreSQL that an earlier run left"
                : $"adopted the PostgreSQL that an earlier run left on port {port}: Database:Port counts from its next start on");
        }

        var owner = await OwnerPasswordAsync(home.PostgreSql, cancellationToken);
        var server = new EmbeddedServer(home.PostgreSql, programs, data, port.Value, AddressOf(port.Value, owner));
        try
        {
            await BootstrapAsync(data, port.Value, superuser, owner, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server again, which ended without having been told to, on its old port.</summary>
    /// <remarks>Cannot be cancelled: a server that comes up after its program went would be nobody's.</remarks>
    /// <exception cref="StartException">It does not start; the message holds the end of its log.</exception>
    public Task StartAgainAsync() => LaunchAsync(Folder, _programs, _data, _port, CancellationToken.None);

    /// <summary>The connection string of a home folder's server; null when it does not run.</summary>
    /// <exception cref="StartException">A release before runs it.</exception>
    public static async Task<string?> FindAsync(string homePath, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(homePath, HomeFolder.PostgreSqlFolder);
        if (PostmasterFile.OfRunning(Path.Combine(folder, DataFolder)) is not { } running)
            return null;
        var secret = Path.Combine(folder, OwnerSecret);
        return File.Exists(secret)
            ? AddressOf(running.Port, await File.ReadAllTextAsync(secret, cancellationToken))
            : throw new StartException($"A release before runs {homePath}: start it again with this one.");
    }

    /// <summary>A fast stop: open transactions are rolled back, committed ones are on disk. Nothing when it does not run.</summary>
    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
            await OrdinaryUser.RunAsync(Path.Combine(_programs, "bin", "pg_ctl"), ["stop", "-D", _data, "-m", "fast", "-w"], CancellationToken.None);
    }

    private static string AddressOf(int port, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = Owner,
        Password = password,
        Database = Database,
        MaxPoolSize = 60,
    }.ConnectionString;

    private static async Task<string> InitialiseAsync(
        string folder, string programs, string data, Action<string> report, CancellationToken cancellationToken)
    {
        var secret = Path.Combine(folder, SuperuserSecret);
        if (Directory.Exists(data))
        {
            return File.Exists(secret)
                ? await File.ReadAllTextAsync(secret, cancellationToken)
                : throw new StartException(
                    $"{data} holds a database, but its password file {secret} is gone. Restore the file, or move the folder away to start anew.");
        }

        report("making the database …");
        await RemoveUnfinishedAsync(folder, programs, cancellationToken);
        var unfinished = $"{data}.new-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var password = RandomNumberGenerator.GetHexString(48);
        await WritePrivateAsync(secret, password, cancellationToken);
        await OrdinaryUser.OwnAsync(folder, cancellationToken);
        await OrdinaryUser.RunAsync(
            Path.Combine(programs, "bin", "initdb"),
            [
                "-D", unfinished, "-U", Superuser, "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C"
            ],
            cancellationToken);
        Directory.Move(unfinished, data);
        return password;
    }

    /// <summary>Of starts that were killed; their initdb may still be at work.</summary>
    private static async Task RemoveUnfinishedAsync(string folder, string programs, CancellationToken cancellationToken)
    {
        await LeftProcesses.EndAsync(programs, cancellationToken);
        foreach (var unfinished in Directory.EnumerateDirectories(folder, "data.new*"))
            Directory.Delete(unfinished, recursive: true);
    }

    // A server that was killed leaves processes, which keep another from starting, and a file with a process id that may be a stranger's by now.
    private static async Task LaunchAsync(string folder, string programs, string data, int port, CancellationToken cancellationToken)
    {
        await LeftProcesses.EndAsync(programs, cancellationToken);
        PostmasterFile.Remove(data);
        var log = ServerLog.Prepare(folder);
        try
        {
            await OrdinaryUser.RunAsync(
                Path.Combine(programs, "bin", "pg_ctl"),
                [
                    "start", "-D", data, "-l", log, "-w", "-t", "60", "-o",
                    $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 "
                    + ServerLog.Options
                ],
                cancellationToken);
        }
        catch (StartException) when (PostmasterFile.OfRunning(data) is not null)
        {
            // It takes longer than that to recover from its log: whoever connects waits
        }
        catch (StartException failure)
        {
            throw new StartException($"{failure.Message}\n{ServerLog.End(folder)}");
        }
    }

    private static async Task<string> OwnerPasswordAsync(string folder, CancellationToken cancellationToken)
    {
        var secret = Path.Combine(folder, OwnerSecret);
        if (!File.Exists(secret))
            await WritePrivateAsync(secret, RandomNumberGenerator.GetHexString(48), cancellationToken);
        return await File.ReadAllTextAsync(secret, cancellationToken);
    }

    /// <summary>
    /// A superuser's session of a server that runs, in the database <c>postgres</c>, where nothing of users is: for what PostgreSQL lets nobody else
    /// do.
    /// </summary>
    /// <exception cref="StartException">It does not run.</exception>
    public static async Task<NpgsqlConnection> ConnectAsSuperuserAsync(string folder, CancellationToken cancellationToken)
    {
        var running = PostmasterFile.OfRunning(Path.Combine(folder, DataFolder)) ?? throw new StartException($"No PostgreSQL runs in {folder}.");
        var password = await File.ReadAllTextAsync(Path.Combine(folder, SuperuserSecret), cancellationToken);
        return await ConnectAsync(running.Port, "postgres", password, cancellationToken);
    }

    /// <summary>Connects as superuser, and makes the database and its roles, or puts them right.</summary>
    private static async Task BootstrapAsync(string data, int port, string superuser, string owner, CancellationToken cancellationToken)
    {
        await using (var server = await ConnectPatientlyAsync(data, port, superuser, cancellationToken))
        {
            await using var exists =
                new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", server) { Parameters = { new() { Value = Database } } };
            if (await exists.ExecuteScalarAsync(cancellationToken) is null)
            {
                await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", server);
                await create.ExecuteNonQueryAsync(cancellationToken);
            }
            // Logins of the door for SQL clients have no business there, where nothing is closed to them
            await using var close = new NpgsqlCommand("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC", server);
            await close.ExecuteNonQueryAsync(cancellationToken);
        }
        await using var database = await ConnectAsync(port, Database, superuser, cancellationToken);
        Migrator.RefuseFuture(await Migrator.RanAsync(database, cancellationToken)); // the roles would be those of a release before
        await RoleScript.RunAsync(database, Owner, formerOwner: Superuser, owner, cancellationToken);
    }

    /// <summary>A server that was adopted may be starting still.</summary>
    private static async Task<NpgsqlConnection> ConnectPatientlyAsync(string data, int port, string superuser, CancellationToken cancellationToken)
    {
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(100, cancellationToken))
        {
            try
            {
                return await ConnectAsync(port, "postgres", superuser, cancellationToken);
            }
            catch (NpgsqlException starting) when (
                DatabaseTrouble.IsPassing(starting) && since.Elapsed < Patience && PostmasterFile.OfRunning(data) is not null)
            {
                // asked again
            }
        }
    }

    private static async Task<NpgsqlConnection> ConnectAsync(int port, string database, string superuser, CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder(AddressOf(port, superuser)) { Username = Superuser, Database = database, Pooling = false };
        var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>Whole or not at all, wherever this process is killed.</summary>
    private static async Task WritePrivateAsync(string file, string text, CancellationToken cancellationToken)
    {
        const UnixFileMode owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var part = file + ".part";
        await using (var writer = new StreamWriter(
            part, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = owners }))
        {
            await writer.WriteAsync(text.AsMemory(), cancellationToken);
        }
        File.Move(part, file, overwrite: true);
    }
}
