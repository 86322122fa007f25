using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace ThanoSql.Tests.Fixtures;

/// <summary>The folder <c>postgresql</c> of an <see cref="OldHome"/>: whatever the program does today, this does what it did then.</summary>
internal static class OldDatabase
{
    private const string Version = "18.4.0-beta.17"; // of the binaries: the name of their folder
    private const string Password = "0DD0DD0DD0DD0DD0DD0DD0DD0DD0DD0DD0DD0DD0DD0DD0DD";
    private const string OrdinaryUser = "nobody"; // PostgreSQL refuses to run as root

    /// <param name="folder">Made.</param>
    /// <param name="pictures">What lies in the store.</param>
    /// <param name="more">What lies there, too: indexed products.</param>
    public static async Task MakeAsync(string folder, IReadOnlyCollection<OldPicture> pictures, IReadOnlyCollection<OldPicture> more)
    {
        var programs = Path.Combine(folder, Version);
        var data = Path.Combine(folder, "data");
        Directory.CreateDirectory(folder);
        await Tool.RunAsync("cp", "-a", Path.Combine(ThanoSqlProcess.ProgramFolder, "postgresql"), programs);
        await InitialiseAsync(folder, programs, data);

        var port = FreePort();
        // Without fsync: what counts is what it leaves when it is stopped
        var settings = $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 -c fsync=off";
        var control = Path.Combine(programs, "bin", "pg_ctl");
        await RunAsync(control, "start", "-D", data, "-l", Path.Combine(folder, "log"), "-w", "-t", "60", "-o", settings);
        await using (var server = await ConnectAsync(port, "postgres"))
            await ExecuteAsync(server, "CREATE DATABASE thanosql");
        await using (var database = await ConnectAsync(port, "thanosql"))
        {
            await FillAsync(database, pictures);
            if (more.Count > 0)
                await GrowAsync(database, more);
        }
        await RunAsync(control, "stop", "-D", data, "-m", "fast", "-w");
    }

    private static async Task InitialiseAsync(string folder, string programs, string data)
    {
        var secret = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(secret, Password);
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (Environment.IsPrivilegedProcess)
            await Tool.RunAsync("chown", "-R", $"{OrdinaryUser}:", folder);
        await RunAsync(
            Path.Combine(programs, "bin", "initdb"),
            "-D", data, "-U", "thanosql", "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C");
    }

    private static async Task FillAsync(NpgsqlConnection database, IReadOnlyCollection<OldPicture> pictures)
    {
        await ExecuteAsync(database, OldHomeFiles.Text("1-ledger.sql"));
        foreach (var migration in OldHomeFiles.Migrations())
        {
            await using var transaction = await database.BeginTransactionAsync();
            await ExecuteAsync(database, migration.Sql);
            await ExecuteAsync(database, "INSERT INTO thanosql.migration (number, name) VALUES ($1, $2)", migration.Number, migration.Name);
            await transaction.CommitAsync();
        }
        foreach (var part in new[] { "2-roles.sql", "3-schedules.sql", "4-tables.sql" })
            await ExecuteAsync(database, OldHomeFiles.Text(part));
        await ExecuteAsync(database, "CREATE TEMPORARY TABLE picture (key text, etag text, size bigint, sha256 bytea)");
        foreach (var picture in pictures)
        {
            var hash = SHA256.HashData(picture.Content);
            await ExecuteAsync(database, "INSERT INTO picture VALUES ($1, $2, $3, $4)", picture.Key, picture.ETag, picture.Size, hash);
        }
        await ExecuteAsync(database, OldHomeFiles.Text("5-rows.sql"));
    }

    private static async Task GrowAsync(NpgsqlConnection database, IReadOnlyCollection<OldPicture> pictures)
    {
        await ExecuteAsync(database, "TRUNCATE picture");
        await using (var copy = await database.BeginBinaryImportAsync("COPY picture (key, etag, size, sha256) FROM STDIN (FORMAT binary)"))
        {
            foreach (var picture in pictures)
                await copy.WriteRowAsync(CancellationToken.None, picture.Key, picture.ETag, picture.Size, SHA256.HashData(picture.Content));
            await copy.CompleteAsync();
        }
        await ExecuteAsync(database, OldHomeFiles.Text("6-growth.sql"));
    }

    private static async Task<NpgsqlConnection> ConnectAsync(int port, string database)
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={port};Username=thanosql;Password={Password};Database={database};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }; // years of work take their time
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private static Task<string> RunAsync(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? Tool.RunAsync("runuser", ["-u", OrdinaryUser, "--", program, .. arguments])
            : Tool.RunAsync(program, arguments);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
