using Npgsql;

namespace ThanoSql.Catalog.Trunks;

/// <summary>An embedding space that images were looked at in.</summary>
/// <param name="Key">Equal exactly when the space is: weights, variant and pre-processing.</param>
/// <param name="Origin"><c>installed</c>, <c>downloaded</c>, <c>bundled</c>, <c>random</c> or <c>tuned</c>.</param>
public sealed record TrunkRow(int TrunkId, string Key, string Variant, string WeightsSha256, string Preprocessing, int Dimensions, string Origin);

/// <summary>The embedding spaces of the catalog.</summary>
public sealed class TrunkLedger(NpgsqlDataSource database)
{
    private const string Columns = "trunk_id, key, variant, weights_sha256, preprocessing, dimensions, origin";

    /// <summary>The id of a space, made when it is new (<paramref name="row"/>'s own id is not read).</summary>
    public async Task<int> EnsureAsync(TrunkRow row, CancellationToken cancellation)
    {
        if (await FindAsync("key", row.Key, cancellation) is { } known) return known.TrunkId;
        await database.Command(
            "INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            row.Key, row.Variant, row.WeightsSha256, row.Preprocessing, row.Dimensions, row.Origin).RunAsync(cancellation);
        return (await FindAsync("key", row.Key, cancellation))!.TrunkId;
    }

    /// <exception cref="CatalogException">There is no such trunk.</exception>
    public async Task<TrunkRow> GetAsync(int trunkId, CancellationToken cancellation) =>
        await FindAsync("trunk_id", trunkId, cancellation) ?? throw new CatalogException($"There is no trunk {trunkId} in the catalog.");

    private async Task<TrunkRow?> FindAsync(string column, object value, CancellationToken cancellation) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.trunk WHERE {column} = $1", value).ListAsync(
            r => new TrunkRow(r.GetInt32(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetString(6)), cancellation)).FirstOrDefault();
}
