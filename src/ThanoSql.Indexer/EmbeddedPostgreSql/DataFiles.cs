namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>Which files of a data folder a copy needs: those that <c>pg_basebackup</c> copies.</summary>
internal static class DataFiles
{
    /// <summary>Where the write-ahead log lies; a copy has those of its files that <see cref="BackupEnd"/> names.</summary>
    public const string Log = "pg_wal";

    /// <summary>Where the checkpoint is written down; to be copied after all other files.</summary>
    public const string Control = "global/pg_control";

    /// <summary>What a copy has and the server has not: from where the log is to be replayed.</summary>
    public const string Label = "backup_label";

    // The server fills or empties them at its start, but does not make them.
    private static readonly HashSet<string> Emptied =
    [
        Log, "pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans",
    ];

    // Of the running server, of another backup, or caches that it makes anew.
    private static readonly HashSet<string> Left =
    [
        "postmaster.pid", "postmaster.opts", Label, "tablespace_map", "backup_manifest", "current_logfiles", "postgresql.auto.conf.tmp",
    ];

    /// <summary>Whether what is in a folder is left out; the folder itself is needed.</summary>
    /// <param name="name">Relative to the data folder, with slashes.</param>
    public static bool IsEmptied(string name) => Emptied.Contains(name);

    /// <inheritdoc cref="IsEmptied"/>
    public static bool IsLeft(string name)
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        return Left.Contains(name) || name == Control
            || file.StartsWith("pgsql_tmp", StringComparison.Ordinal) || file.StartsWith("pg_internal.init", StringComparison.Ordinal);
    }

    /// <summary>The control file, which the server writes in one piece: two looks that agree saw no half of it.</summary>
    public static async Task<byte[]> ReadControlAsync(string data, CancellationToken cancellationToken)
    {
        var file = Path.Combine(data, Control);
        for (var before = Array.Empty<byte>(); ;)
        {
            var now = await File.ReadAllBytesAsync(file, cancellationToken);
            if (now.AsSpan().SequenceEqual(before))
                return now;
            before = now;
        }
    }
}
