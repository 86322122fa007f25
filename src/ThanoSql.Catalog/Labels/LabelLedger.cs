using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Catalog.Labels;

/// <summary>
/// Human labels. A label shows in the index columns of the image's tables as soon as it is given, and in the shop's own label column where a pipeline
/// has one; the next version of the model is trained on it.
/// </summary>
public sealed class LabelLedger(
    NpgsqlDataSource database, TableSessions sessions, Workspace workspace, IOptions<LabelOptions> options, ILogger<LabelLedger> logger)
{
    /// <summary>Labels that are written in one transaction.</summary>
    public const int PerTransaction = 100;

    /// <summary>Characters of a label at most: an index over keywords takes no longer ones.</summary>
    public const int LongestLabel = 500;

    private const int MostWords = 1000;
    private const string State = "CASE WHEN disputed AND state = 'confirmed' THEN 'disputed' ELSE state END";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10); // somebody looks at a page

    private readonly LabelWriter _writer = new(database, workspace, options.Value.Disagreement);

    /// <summary>Labels in force, the latest first, up to <paramref name="limit"/>.</summary>
    /// <param name="state">Null for all.</param>
    public Task<List<HumanLabel>> ListAsync(string? state, int limit, CancellationToken cancellationToken) => database.Command(
        $"""
         SELECT bucket, path, pipeline, model, label, {State} AS state, labelled_by, labelled_at FROM thanosql.labels
         WHERE $1::text IS NULL OR {State} = $1 ORDER BY labelled_at DESC, bucket, path LIMIT $2
         """,
        state, limit).ListAsync<HumanLabel>(cancellationToken);

    /// <summary>The labels of a picture that are in force, one for each pipeline that it has one in.</summary>
    public Task<List<HumanLabel>> OfAsync(string bucket, string key, CancellationToken cancellationToken) => database.Command(
        $"""
         SELECT bucket, path, pipeline, model, label, {State} AS state, labelled_by, labelled_at FROM thanosql.labels
         WHERE bucket = $1 AND path = $2 ORDER BY pipeline
         """,
        bucket, key).ListAsync<HumanLabel>(cancellationToken);

    /// <summary>What was said of a picture, the latest first, a thousand words at most.</summary>
    public Task<List<LabelWord>> HistoryAsync(string bucket, string key, CancellationToken cancellationToken) => database.Command(
        """
        SELECT w.said_at AS at, w.said_by AS by, p.name AS pipeline, w.label, w.in_force
        FROM thanosql.label_word w JOIN thanosql.pipeline p USING (pipeline_id)
        WHERE w.bucket = $1 AND w.key = $2 ORDER BY w.word_id DESC LIMIT $3
        """,
        bucket, key, MostWords).ListAsync<LabelWord>(cancellationToken);

    /// <summary>All labels in force, page by page, so that no reader holds a transaction however slow it is.</summary>
    public async IAsyncEnumerable<ExportedLabel> ExportAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int page = 1000;
        var (pipeline, bucket, key) = (0, "", "");
        while (true)
        {
            var rows = await PageAsync(pipeline, bucket, key, page, cancellationToken);
            foreach (var row in rows)
                yield return row;
            if (rows.Count < page)
                yield break;
            (pipeline, bucket, key) = (rows[^1].PipelineId, rows[^1].Bucket, rows[^1].Key);
        }
    }

    /// <summary>
    /// Writes what somebody says of pictures, a hundred in a transaction; of the same picture the last word counts. One that is refused keeps no
    /// other from being written.
    /// </summary>
    /// <returns>One for each, in order.</returns>
    public async Task<IReadOnlyList<LabelOutcome>> SetAsync(IReadOnlyList<SaidLabel> said, Speaker by, CancellationToken cancellationToken)
    {
        var outcomes = new LabelOutcome?[said.Count];
        foreach (var (place, _) in said.Index().Where(s => s.Item.Label is { } label && PlainWord.Of(label).Length == 0))
            outcomes[place] = LabelOutcome.Refused(new CatalogException("The label has no letter that anybody sees."));
        foreach (var (place, _) in said.Index().Where(s => s.Item.Label is { Length: > LongestLabel }))
            outcomes[place] = LabelOutcome.Refused(new CatalogException($"A label has {LongestLabel} characters at most."));
        TableTroubleException? trouble = null;
        foreach (var places in Enumerable.Range(0, said.Count).Chunk(PerTransaction))
        {
            try
            {
                // Who waited for a table once does not wait for it a hundred times
                if (trouble is null)
                    await SetAsync(said, places, by, outcomes, cancellationToken);
            }
            catch (TableTroubleException busy)
            {
                trouble = busy;
            }
            foreach (var place in places)
                outcomes[place] ??= LabelOutcome.Refused(trouble!);
        }
        return outcomes!;
    }

    private async Task SetAsync(
        IReadOnlyList<SaidLabel> said, int[] places, Speaker by, LabelOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        // In one order, whoever writes: two that hold each other's pictures would wait for each other
        List<int> left =
            [.. places.Where(p => outcomes[p] is null).OrderBy(p => said[p].Bucket, StringComparer.Ordinal)
                .ThenBy(p => said[p].Key, StringComparer.Ordinal)];
        while (left.Count > 0)
        {
            try
            {
                IReadOnlyList<LabelOutcome> written = [];
                await ShortTransaction.RunAsync(
                    sessions, logger,
                    async session => written = await _writer.WriteAsync(session, [.. left.Select(p => said[p])], by, cancellationToken),
                    Patience, cancellationToken);
                foreach (var (place, outcome) in left.Zip(written))
                    outcomes[place] = outcome;
                return;
            }
            catch (RowsRefusedException refused)
            {
                foreach (var (at, why) in refused.Reasons)
                    outcomes[left[at]] = LabelOutcome.Refused(why);
                left.RemoveAll(p => outcomes[p] is not null);
            }
        }
    }

    private Task<List<ExportedLabel>> PageAsync(int pipeline, string bucket, string key, int page, CancellationToken cancellationToken) =>
        database.Command(
            """
            SELECT l.pipeline_id, l.bucket, l.key, p.name AS pipeline, p.model_name AS model, l.label,
                   CASE WHEN l.disputed AND l.state = 'confirmed' THEN 'disputed' ELSE l.state END AS state, l.labelled_by, l.labelled_at,
                   h.held_out, encode(c.sha256, 'hex') AS sha256
            FROM thanosql.label l
            JOIN thanosql.pipeline p USING (pipeline_id)
            LEFT JOIN thanosql.content c USING (content_id)
            LEFT JOIN thanosql.model m ON m.name = p.model_name
            LEFT JOIN thanosql.held_out h ON h.model_id = m.model_id AND h.content_id = l.content_id
            WHERE (l.pipeline_id, l.bucket, l.key) > ($1, $2, $3)
              AND NOT EXISTS (SELECT FROM thanosql.image i WHERE i.bucket = l.bucket AND i.key = l.key AND i.state = 'gone')
            ORDER BY l.pipeline_id, l.bucket, l.key LIMIT $4
            """,
            pipeline, bucket, key, page).ListAsync<ExportedLabel>(cancellationToken);
}
