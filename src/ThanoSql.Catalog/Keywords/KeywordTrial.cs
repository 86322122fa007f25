using ThanoSql.Catalog.Runs;

namespace ThanoSql.Catalog.Keywords;

/// <summary>The best labels of a head that is no version, for a comparison: a temporary table, which goes with its connection.</summary>
public sealed class KeywordTrial : IAsyncDisposable
{
    private const string Table = "pg_temp.keyword_trial";

    private readonly NpgsqlConnection _connection;

    private KeywordTrial(NpgsqlConnection connection) => _connection = connection;

    /// <param name="database">The owner's.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    public static async Task<KeywordTrial> BeginAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var trial = new KeywordTrial(await database.OpenConnectionAsync(cancellationToken));
        try
        {
            await trial._connection.Command($"CREATE TEMPORARY TABLE {Table} (LIKE thanosql.keyword)").RunAsync(cancellationToken);
            return trial;
        }
        catch
        {
            await trial.DisposeAsync();
            throw;
        }
    }

    /// <param name="rows">As <see cref="KeywordRows.Of"/> writes them, of any version; committed at once.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        await using var copy = await _connection.BeginRawBinaryCopyAsync(
            $"COPY {Table} (version_id, content_id, rank, keyword, score) FROM STDIN (FORMAT binary)", cancellationToken);
        await copy.WriteAsync(KeywordRows.Header, cancellationToken);
        await copy.WriteAsync(rows, cancellationToken);
        await copy.WriteAsync(KeywordRows.Trailer, cancellationToken);
    }

    /// <summary>What of the index would change if the head came into service.</summary>
    /// <param name="modelId">Whose version in service it is compared with.</param>
    /// <param name="labels">The head's.</param>
    /// <param name="thresholds">Of each label.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>Null when no version is in service, or one that gives no labels.</returns>
    public Task<KeywordChanges?> CompareAsync(
        int modelId, IReadOnlyList<string> labels, ReadOnlyMemory<float> thresholds, string workspace, CancellationToken cancellationToken) =>
        KeywordComparison.OfAsync(_connection, modelId, Table, labels, thresholds.ToArray(), workspace, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_connection.State == System.Data.ConnectionState.Open)
            await _connection.Command($"DROP TABLE IF EXISTS {Table}").RunAsync(CancellationToken.None);
        await _connection.DisposeAsync();
    }
}
