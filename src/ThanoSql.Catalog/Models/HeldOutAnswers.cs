namespace ThanoSql.Catalog.Models;

/// <summary>What a version answers for a picture that judges it.</summary>
/// <param name="Label">What the picture carries.</param>
/// <param name="Score">Of the answer, 0 to 1.</param>
public sealed record HeldOutAnswer(long Content, string Label, string Answer, float Score);

/// <summary>The pictures behind the confusion matrices of the newest versions.</summary>
public sealed class HeldOutAnswers(NpgsqlDataSource database)
{
    /// <summary>Pictures of one cell that are kept at most.</summary>
    public const int PerCell = 100;

    /// <summary>Versions of a model whose pictures are kept at most.</summary>
    public const int Versions = 10;

    /// <summary>Whether the pictures of a version are kept: not those of an old one, nor of one that an earlier release made.</summary>
    public Task<bool> AreKeptAsync(long versionId, CancellationToken cancellationToken) => database.Command(
        "SELECT EXISTS (SELECT FROM thanosql.held_out_answer WHERE version_id = $1)", versionId).ScalarAsync<bool>(cancellationToken);

    /// <summary>The pictures of one cell that some object still holds, those with the surest answers first; at most <see cref="PerCell"/>.</summary>
    public Task<List<CellPicture>> ListAsync(long versionId, string label, string answer, CancellationToken cancellationToken) => database.Command(
        """
        SELECT i.bucket, i.key, a.score
        FROM thanosql.held_out_answer a
        JOIN LATERAL (
            SELECT bucket, key FROM thanosql.image WHERE content_id = a.content_id AND state <> 'gone' ORDER BY image_id LIMIT 1) i ON true
        WHERE a.version_id = $1 AND a.label = $2 AND a.answer = $3
        ORDER BY a.score DESC, a.content_id
        """,
        versionId, label, answer).ListAsync<CellPicture>(cancellationToken);

    /// <summary>All that are kept of a version.</summary>
    public Task<List<HeldOutAnswer>> OfAsync(long versionId, CancellationToken cancellationToken) => database.Command(
        "SELECT content_id AS content, label, answer, score FROM thanosql.held_out_answer WHERE version_id = $1", versionId)
        .ListAsync<HeldOutAnswer>(cancellationToken);

    /// <summary>Keeps a new version's, and forgets those of a model's old versions.</summary>
    internal static async Task WriteAsync(
        NpgsqlConnection connection, ModelVersion version, IReadOnlyCollection<HeldOutAnswer> answers, CancellationToken cancellationToken)
    {
        var kept = answers.GroupBy(a => (a.Label, a.Answer))
            .SelectMany(cell => cell.OrderByDescending(a => a.Score).ThenBy(a => a.Content).Take(PerCell)).ToList();
        await connection.Command(
            """
            INSERT INTO thanosql.held_out_answer (version_id, content_id, label, answer, score)
            SELECT $1, * FROM unnest($2, $3, $4, $5)
            """,
            version.VersionId, kept.Select(a => a.Content).ToArray(), kept.Select(a => a.Label).ToArray(), kept.Select(a => a.Answer).ToArray(),
            kept.Select(a => a.Score).ToArray()).RunAsync(cancellationToken);
        await connection.Command(
            """
            DELETE FROM thanosql.held_out_answer WHERE version_id IN (
                SELECT v.version_id FROM thanosql.model_version v JOIN thanosql.model m USING (model_id)
                WHERE v.model_id = $1 AND v.number <= $2 AND v.version_id IS DISTINCT FROM m.current_version_id)
            """,
            version.ModelId, version.Number - Versions).RunAsync(cancellationToken);
    }
}

/// <summary>A picture of one cell of a confusion matrix.</summary>
/// <param name="Score">Of the answer, 0 to 1.</param>
public sealed record CellPicture(string Bucket, string Key, float Score);
