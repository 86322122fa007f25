using System.Data;

namespace ThanoSql.Catalog.Similarity;

/// <summary>The plain embeddings of a trunk as they are at one moment, from which <see cref="EmbeddingChanges"/> goes on.</summary>
public sealed class EmbeddingLoad : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly int _trunkId;

    private EmbeddingLoad(NpgsqlConnection connection, NpgsqlTransaction transaction, int trunkId) =>
        (_connection, _transaction, _trunkId) = (connection, transaction, trunkId);

    /// <summary>The moment, as PostgreSQL writes a snapshot.</summary>
    public string Seen { get; private set; } = "";

    /// <summary>Values of an embedding; 0 when there is no such trunk.</summary>
    public int Dimensions { get; private set; }

    public long Count { get; private set; }

    /// <summary>Chooses the moment.</summary>
    public static async Task<EmbeddingLoad> BeginAsync(NpgsqlDataSource database, int trunkId, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            var load = new EmbeddingLoad(connection, transaction, trunkId);
            await load.LookAsync(cancellationToken);
            return load;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads through them, in no order.</summary>
    public Task ReadAsync(EmbeddingTaker take, CancellationToken cancellationToken) =>
        PlainEmbeddings.ReadAsync(_connection, _trunkId, take, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var command = _connection.Command(
            """
            SELECT pg_current_snapshot()::text, coalesce((SELECT dimensions FROM thanosql.trunk WHERE trunk_id = $1), 0),
                   (SELECT count(*) FROM thanosql.embedding WHERE trunk_id = $1 AND view = 0)
            """,
            _trunkId);
        command.CommandTimeout = 0; // a million is counted in a tenth of a second, but perhaps from a slow disk
        (Seen, Dimensions, Count) = (await command.ListAsync<(string, int, long)>(cancellationToken)).Single();
    }
}
