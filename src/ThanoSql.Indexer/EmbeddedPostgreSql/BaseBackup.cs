namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>
/// The time in which the data folder of a running server may be copied file by file. What is torn in the copy is mended by the write-ahead log of
/// that time, which the server keeps until the end (PostgreSQL: "Making a Base Backup Using the Low Level API").
/// </summary>
internal sealed class BaseBackup : IAsyncDisposable
{
    private readonly NpgsqlConnection _session;

    private BaseBackup(NpgsqlConnection session) => _session = session;

    /// <param name="folder">The server's, which holds data and passwords.</param>
    /// <param name="cancellationToken">Stops waiting for the checkpoint.</param>
    /// <exception cref="StartException">No server runs there.</exception>
    public static async Task<BaseBackup> BeginAsync(string folder, CancellationToken cancellationToken)
    {
        var backup = new BaseBackup(await EmbeddedServer.ConnectAsSuperuserAsync(folder, cancellationToken));
        try
        {
            // Both end with the session, also when this process is killed
            await using (var keep = backup.Command("SELECT pg_create_physical_replication_slot('thanosql_backup_' || pg_backend_pid(), true, true)"))
                await keep.ExecuteNonQueryAsync(cancellationToken);
            await using (var begin = backup.Command("SELECT pg_backup_start('thanosql backup', fast => true)"))
                await begin.ExecuteNonQueryAsync(cancellationToken);
            return backup;
        }
        catch
        {
            await backup.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it.</summary>
    /// <returns>What belongs to the copy, to be read before this is disposed of.</returns>
    /// <exception cref="StartException">Data lies in a tablespace elsewhere.</exception>
    public async Task<BackupEnd> EndAsync(CancellationToken cancellationToken)
    {
        string begin, end, label;
        await using (var stop = Command("SELECT lsn::text, labelfile, spcmapfile FROM pg_backup_stop(wait_for_archive => false)"))
        await using (var reader = await stop.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            (end, label) = (reader.GetString(0), reader.GetString(1));
            if (reader.GetString(2).Length > 0)
                throw new StartException("Somebody made a tablespace in the embedded PostgreSQL; what lies there would not be in the backup.");
        }
        begin = label.Split('\n').First(line => line.StartsWith("START WAL LOCATION: ", StringComparison.Ordinal)).Split(' ')[3];
        return new BackupEnd(label, await SegmentsAsync(begin, end, cancellationToken));
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    // The names of a timeline are in the order of time.
    private async Task<List<string>> SegmentsAsync(string begin, string end, CancellationToken cancellationToken)
    {
        await using var segments = Command(
            """
            SELECT name FROM pg_ls_waldir()
            WHERE length(name) = 24 AND name COLLATE "C" BETWEEN pg_walfile_name($1::text::pg_lsn) AND pg_walfile_name($2::text::pg_lsn)
            ORDER BY name COLLATE "C"
            """);
        segments.Parameters.Add(new NpgsqlParameter { Value = begin });
        segments.Parameters.Add(new NpgsqlParameter { Value = end });
        var names = new List<string>();
        await using var reader = await segments.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }

    // A checkpoint takes as long as it takes.
    private NpgsqlCommand Command(string sql) => new(sql, _session) { CommandTimeout = 0 };
}

/// <summary>What a copied data folder needs beside its files.</summary>
/// <param name="Label">The text of <c>backup_label</c>: from where the log is to be replayed.</param>
/// <param name="Segments">Files of <c>pg_wal</c> from the begin of the backup to its end, by name.</param>
internal sealed record BackupEnd(string Label, IReadOnlyList<string> Segments);
