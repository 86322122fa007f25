namespace ThanoSql.Catalog.Keywords;

/// <summary>
/// The first answers of a version: copied into a table that nobody sees, which is indexed afterwards and becomes the version's partition at the end.
/// All of it is one transaction, so a crash leaves nothing behind.
/// </summary>
public sealed class KeywordLoad : IAsyncDisposable
{
    private const int BatchSize = 1_000_000;

    // 5 rows an image: the indexes of a million images are sorted in memory
    private const string Memory = """
        SELECT set_config('maintenance_work_mem', '256MB', true) WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < 268435456
        """;

    private readonly NpgsqlDataSource _database;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly NpgsqlRawCopyStream _rows;

    private KeywordLoad(
        NpgsqlDataSource database, NpgsqlConnection connection, NpgsqlTransaction transaction, NpgsqlRawCopyStream rows, long versionId) =>
        (_database, _connection, _transaction, _rows, VersionId) = (database, connection, transaction, rows, versionId);

    public long VersionId { get; }

    /// <param name="database">The owner's.</param>
    /// <param name="versionId">A version without a partition.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    public static async Task<KeywordLoad> BeginAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await KeywordPartition.CreateUnindexedAsync(connection, versionId, cancellationToken);
            // FREEZE: the rows need no look by VACUUM, since the table is of this transaction
            var rows = await connection.BeginRawBinaryCopyAsync(
                $"COPY {KeywordPartition.Table(versionId)} (version_id, content_id, rank, keyword, score) FROM STDIN (FORMAT binary, FREEZE)",
                cancellationToken);
            await rows.WriteAsync(KeywordRows.Header, cancellationToken);
            return new KeywordLoad(database, connection, transaction, rows, versionId);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <param name="rows">As <see cref="KeywordRows.Of"/> writes them.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> rows, CancellationToken cancellationToken) => _rows.WriteAsync(rows, cancellationToken);

    /// <summary>Builds the indexes and brings the partition into service.</summary>
    /// <param name="contents">That rows were written of: some may be forgotten by now.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    public async Task CompleteAsync(IReadOnlyCollection<long> contents, CancellationToken cancellationToken)
    {
        await _rows.WriteAsync(KeywordRows.Trailer, cancellationToken);
        await _rows.DisposeAsync();
        await _connection.Command(Memory).RunAsync(cancellationToken);
        await KeywordPartition.IndexAsync(_connection, VersionId, cancellationToken);
        await KeywordPartition.AttachAsync(_connection, VersionId, cancellationToken);
        await _transaction.CommitAsync(cancellationToken);
        foreach (var batch in contents.Chunk(BatchSize))
            await ForgetAsync(batch, cancellationToken);
    }

    /// <summary>What was not completed is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync(); // first: it knows how to end a copy
        await _transaction.DisposeAsync();
    }

    /// <summary>Whoever forgot a content meanwhile did not see this partition.</summary>
    private async Task ForgetAsync(long[] contents, CancellationToken cancellationToken)
    {
        await using var forget = _database.Command(
            $"""
             DELETE FROM {KeywordPartition.Table(VersionId)}
             WHERE version_id = $1 AND content_id IN (
                 SELECT id FROM unnest($2) AS id WHERE NOT EXISTS (SELECT FROM thanosql.content c WHERE c.content_id = id))
             """,
            VersionId, contents);
        forget.CommandTimeout = 0;
        await forget.ExecuteNonQueryAsync(cancellationToken);
    }
}
