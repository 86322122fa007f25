namespace ThanoSql.Catalog.Labels;

/// <summary>Which contents are held out to judge a model: fixed at first sight, so that the same rows judge every version.</summary>
public sealed class HeldOutPart(NpgsqlDataSource database)
{
    /// <summary>What was decided so far: content → held out. Contents never seen by the model are absent.</summary>
    public async Task<Dictionary<long, bool>> LoadAsync(int modelId, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        (await database.Command(
            "SELECT content_id, held_out FROM thanosql.held_out WHERE model_id = $1 AND content_id = ANY ($2)", modelId, contents.ToArray())
            .ListAsync<(long, bool)>(cancellationToken)).ToDictionary();

    /// <summary>Fixes the part of contents seen for the first time; an earlier decision stands.</summary>
    internal static Task<int> FixAsync(
        NpgsqlConnection connection, int modelId, IReadOnlyDictionary<long, bool> heldOut, CancellationToken cancellationToken)
    {
        var ordered = heldOut.OrderBy(e => e.Key).ToList();
        return connection.Command(
            """
            INSERT INTO thanosql.held_out (model_id, content_id, held_out)
            SELECT $1, c, h FROM unnest($2, $3) AS u (c, h)
            ON CONFLICT DO NOTHING
            """,
            modelId, ordered.Select(e => e.Key).ToArray(), ordered.Select(e => e.Value).ToArray()).RunAsync(cancellationToken);
    }
}
