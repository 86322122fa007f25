using Microsoft.Extensions.Logging.Abstractions;

namespace ThanoSql.Catalog.Trunks;

/// <summary>An embedding space that images were looked at in.</summary>
public sealed record TrunkRow
{
    /// <summary>0 for one that is not in the catalog yet.</summary>
    public int TrunkId { get; init; }

    /// <summary>Equal exactly when the space is: weights, variant and pre-processing.</summary>
    public required string Key { get; init; }

    public required string Variant { get; init; }

    public required string WeightsSha256 { get; init; }

    public required string Preprocessing { get; init; }

    /// <summary>Values of one embedding.</summary>
    public required int Dimensions { get; init; }

    /// <summary><c>installed</c>, <c>downloaded</c>, <c>bundled</c>, <c>random</c>, <c>tuned</c> or <c>uploaded</c>.</summary>
    public required string Origin { get; init; }
}

/// <summary>The embedding spaces of the catalog.</summary>
public sealed class TrunkCatalog(NpgsqlDataSource database)
{
    private const string Columns = "trunk_id, key, variant, weights_sha256, preprocessing, dimensions, origin";

    /// <summary>The spaces of the versions in service.</summary>
    public Task<List<int>> InServiceAsync(CancellationToken cancellationToken) => database.Command(
        "SELECT DISTINCT v.trunk_id FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id")
        .ListAsync<int>(cancellationToken);

    /// <summary>The id of a space, made when it is new (<paramref name="row"/>'s own id is not read).</summary>
    public async Task<int> EnsureAsync(TrunkRow row, CancellationToken cancellationToken)
    {
        if (await FindAsync("key", row.Key, cancellationToken) is { } known)
            return known.TrunkId;
        await database.Command(
            """
            INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """,
            row.Key, row.Variant, row.WeightsSha256, row.Preprocessing, row.Dimensions, row.Origin).RunAsync(cancellationToken);
        return (await FindAsync("key", row.Key, cancellationToken))!.TrunkId;
    }

    /// <exception cref="CatalogException">There is no such trunk.</exception>
    public async Task<TrunkRow> GetAsync(int trunkId, CancellationToken cancellationToken) =>
        await FindAsync("trunk_id", trunkId, cancellationToken) ?? throw new CatalogException($"There is no trunk {trunkId} in the catalog.");

    /// <summary>Notes that an uploaded network rests.</summary>
    /// <param name="trunkId">Its space.</param>
    /// <param name="why">For people.</param>
    /// <param name="cancellationToken">Leaves it as it was.</param>
    public Task RestAsync(int trunkId, string why, CancellationToken cancellationToken) =>
        database.Command("UPDATE thanosql.trunk SET rests = $2 WHERE trunk_id = $1", trunkId, why).RunAsync(cancellationToken);

    /// <returns>Why it rests, and the name of a model that it serves, if there is one; null when it works.</returns>
    public async Task<TrunkRest?> RestOfAsync(int trunkId, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            SELECT t.rests AS why, (SELECT min(m.name) FROM thanosql.model_version v JOIN thanosql.model m USING (model_id)
                                    WHERE v.trunk_id = t.trunk_id) AS model
            FROM thanosql.trunk t WHERE t.trunk_id = $1 AND t.rests IS NOT NULL
            """,
            trunkId).ListAsync<TrunkRest>(cancellationToken)).SingleOrDefault();

    /// <summary>Lets the uploaded networks of a model work again.</summary>
    public Task ResumeAsync(string model, CancellationToken cancellationToken) => database.Command(
        """
        UPDATE thanosql.trunk SET rests = NULL WHERE rests IS NOT NULL AND trunk_id IN (
            SELECT v.trunk_id FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) WHERE m.name = $1)
        """,
        model).RunAsync(cancellationToken);

    /// <summary>
    /// Forgets what was seen in a space that was made for one model (tuned, uploaded), unless a version still uses it. Its row stays: who looks at
    /// pictures in it at this moment needs it.
    /// </summary>
    /// <param name="trunkId">The space.</param>
    /// <param name="removeFile">Called while no version can begin to use it; perhaps again.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <returns>Whether it was forgotten.</returns>
    public async Task<bool> ReleaseAsync(int trunkId, Action<TrunkRow> removeFile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(removeFile);
        var released = false;
        await ShortTransaction.RunAsync(database, NullLogger.Instance, async connection =>
        {
            await connection.Command("SELECT FROM thanosql.trunk WHERE trunk_id = $1 FOR UPDATE", trunkId).RunAsync(cancellationToken);
            // Only now: a version that was registered while the lock was waited for counts too
            var unused = await connection.Command(
                $"""
                 SELECT {Columns} FROM thanosql.trunk t
                 WHERE trunk_id = $1 AND origin IN ('tuned', 'uploaded')
                   AND NOT EXISTS (SELECT FROM thanosql.model_version v WHERE v.trunk_id = t.trunk_id)
                 """,
                trunkId).ListAsync<TrunkRow>(cancellationToken);
            released = unused.Count > 0;
            if (!released)
                return;
            await connection.Command("DELETE FROM thanosql.embedding WHERE trunk_id = $1", trunkId).RunAsync(cancellationToken);
            removeFile(unused[0]);
        }, cancellationToken);
        return released;
    }

    private async Task<TrunkRow?> FindAsync(string column, object value, CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.trunk WHERE {column} = $1", value)
            .ListAsync<TrunkRow>(cancellationToken)).FirstOrDefault();
}

/// <summary>An uploaded network that rests.</summary>
/// <param name="Why">For people.</param>
/// <param name="Model">A model that it serves; null for none.</param>
public sealed record TrunkRest(string Why, string? Model);
