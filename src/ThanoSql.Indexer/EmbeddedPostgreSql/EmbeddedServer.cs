using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>A PostgreSQL of this installation's own: on 127.0.0.1, with a password, run by an ordinary user.</summary>
/// <remarks>After a SIGKILL of this program the server lives on; the next start adopts it.</remarks>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private const string Database = "thanosql";
    private const string Owner = "thanosql_owner";

    // Of the bootstrap, and never again: also the owner of homes that releases before made
    private const string Superuser = "thanosql";
    private const string SuperuserSecret = "password";
    private const string OwnerSecret = "owner-password";

    private readonly string _programs;
    private readonly string _data;

    private EmbeddedServer(string programs, string data, string connectionString)
    {
        _programs = programs;
        _data = data;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    /// <summary>Starts, or adopts, the server of a home folder and makes sure that its database exists.</summary>
    /// <exception cref="StartException">The binaries are missing, or the server does not start; the message holds the end of its log.</exception>
    public static async Task<EmbeddedServer> StartAsync(HomeFolder home, Action<string> report, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(home.PostgreSql);
        var programs = Binaries.Install(home.PostgreSql);
        var data = Path.Combine(home.PostgreSql, "data");
        var superuser = await InitialiseAsync(home.PostgreSql, programs, data, report, cancellationToken);
        var port = PostmasterFile.OfRunning(data)?.Port;
        if (port is null)
        {
            port = FreePort();
            await LaunchAsync(home.PostgreSql, programs, data, port.Value, cancellationToken);
        }
        else
        {
            report("adopted the PostgreSQL that an earlier run left");
        }

        var owner = await OwnerPasswordAsync(home.PostgreSql, cancellationToken);
        await BootstrapAsync(port.Value, superuser, owner, cancellationToken);
        return new EmbeddedServer(programs, data, AddressOf(port.Value, owner));
    }

    /// <summary>The connection string of a home folder's server; null when it does not run.</summary>
    /// <exception cref="StartException">A release before runs it.</exception>
    public static async Task<string?> FindAsync(string homePath, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(homePath, HomeFolder.PostgreSqlFolder);
        if (PostmasterFile.OfRunning(Path.Combine(folder, "data")) is not { } running)
            return null;
        var secret = Path.Combine(folder, OwnerSecret);
        return File.Exists(secret)
            ? AddressOf(running.Port, await File.ReadAllTextAsync(secret, cancellationToken))
            : throw new StartException($"A release before runs {homePath}: start it again with this one.");
    }

    /// <summary>A fast stop: open transactions are rolled back, committed ones are on disk.</summary>
    public async ValueTask DisposeAsync() =>
        await OrdinaryUser.RunAsync(Path.Combine(_programs, "bin", "pg_ctl"), ["stop", "-D", _data, "-m", "fast", "-w"], CancellationToken.None);

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
        RemoveUnfinished(folder);
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

    /// <summary>Of starts that were killed. Their initdb may still be at work: its folder is left to the next start.</summary>
    private static void RemoveUnfinished(string folder)
    {
        foreach (var unfinished in Directory.EnumerateDirectories(folder, "data.new*"))
        {
            try
            {
                Directory.Delete(unfinished, recursive: true);
            }
            catch (IOException)
            {
                // it makes files while they are removed
            }
        }
    }

    private static async Task LaunchAsync(string folder, string programs, string data, int port, CancellationToken cancellationToken)
    {
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

    /// <summary>The one time that something connects as superuser: makes the database and its roles, or puts them right.</summary>
    private static async Task BootstrapAsync(int port, string superuser, string owner, CancellationToken cancellationToken)
    {
        await using (var server = await ConnectAsync(port, "postgres", superuser, cancellationToken))
        {
            await using var exists =
                new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", server) { Parameters = { new() { Value = Database } } };
            if (await exists.ExecuteScalarAsync(cancellationToken) is null)
            {
                await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", server);
                await create.ExecuteNonQueryAsync(cancellationToken);
            }
        }
        await using var database = await ConnectAsync(port, Database, superuser, cancellationToken);
        await RoleScript.RunAsync(database, Owner, formerOwner: Superuser, owner, cancellationToken);
    }

    private static async Task<NpgsqlConnection> ConnectAsync(int port, string database, string superuser, CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder(AddressOf(port, superuser)) { Username = Superuser, Database = database, Pooling = false };
        var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task WritePrivateAsync(string file, string text, CancellationToken cancellationToken)
    {
        const UnixFileMode owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(
            file, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = owners });
        await writer.WriteAsync(text.AsMemory(), cancellationToken);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What a running server says of itself in <c>postmaster.pid</c> (lines: pid, data folder, start time, port, …).</summary>
internal sealed record PostmasterFile(int ProcessId, int Port)
{
    /// <summary>The server that runs on a data folder; null when none does, also when a dead one left its file.</summary>
    public static PostmasterFile? OfRunning(string dataFolder)
    {
        var file = Path.Combine(dataFolder, "postmaster.pid");
        if (!File.Exists(file))
            return null;
        var lines = File.ReadAllLines(file);
        return lines.Length > 3
            && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            && RunsOn(pid, dataFolder)
            ? new PostmasterFile(pid, port)
            : null;
    }

    // A process id may have passed to a stranger: the command line must name our data folder.
    private static bool RunsOn(int pid, string dataFolder)
    {
        var commandLine = $"/proc/{pid}/cmdline";
        return File.Exists(commandLine) && File.ReadAllText(commandLine).Split('\0').Contains(dataFolder);
    }
}
