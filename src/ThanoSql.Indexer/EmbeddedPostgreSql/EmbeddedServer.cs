using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>A PostgreSQL of this installation's own: on 127.0.0.1, with a password, run by an ordinary user.</summary>
/// <remarks>After a SIGKILL of this program the server lives on; the next start adopts it.</remarks>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private const string Database = "thanosql";
    private const string Owner = "thanosql";

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
        var password = await InitialiseAsync(home.PostgreSql, programs, data, report, cancellationToken);
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

        var connectionString = AddressOf(port.Value, password);
        await EnsureDatabaseAsync(connectionString, cancellationToken);
        return new EmbeddedServer(programs, data, connectionString);
    }

    /// <summary>The connection string of a home folder's server; null when it does not run.</summary>
    public static async Task<string?> FindAsync(string homePath, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(homePath, HomeFolder.PostgreSqlFolder);
        return PostmasterFile.OfRunning(Path.Combine(folder, "data")) is { } running
            ? AddressOf(running.Port, await File.ReadAllTextAsync(Path.Combine(folder, "password"), cancellationToken))
            : null;
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
        var secret = Path.Combine(folder, "password");
        if (Directory.Exists(data))
        {
            return File.Exists(secret)
                ? await File.ReadAllTextAsync(secret, cancellationToken)
                : throw new StartException(
                    $"{data} holds a database, but its password file {secret} is gone. Restore the file, or move the folder away to start anew.");
        }

        report("making the database …");
        var unfinished = data + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        var password = RandomNumberGenerator.GetHexString(48);
        await WritePrivateAsync(secret, password, cancellationToken);
        await OrdinaryUser.OwnAsync(folder, cancellationToken);
        await OrdinaryUser.RunAsync(
            Path.Combine(programs, "bin", "initdb"),
            [
                "-D", unfinished, "-U", Owner, "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C"
            ],
            cancellationToken);
        Directory.Move(unfinished, data);
        return password;
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

    private static async Task EnsureDatabaseAsync(string connectionString, CancellationToken cancellationToken)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false };
        await using var source = new NpgsqlDataSourceBuilder(server.ConnectionString) { Name = "setup" }.Build(); // metrics show the name
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var exists =
            new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = Database } } };
        if (await exists.ExecuteScalarAsync(cancellationToken) is not null)
            return;
        await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
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
