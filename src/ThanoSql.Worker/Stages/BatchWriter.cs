using ThanoSql.Catalog.Tables;
using ThanoSql.Embedding;

namespace ThanoSql.Worker.Stages;

/// <summary>
/// Commits what was found out about a batch of images in one transaction: contents, embeddings, keywords of every version in service, the images'
/// states, and the rows of the pipelines' tables. No version can be promoted meanwhile.
/// </summary>
internal sealed class BatchWriter(
    NpgsqlDataSource database, ImageLeases leases, KeywordWriter keywords, Workspace workspace, IOptions<IndexingOptions> options)
{
    private readonly Backoff _backoff = new(options.Value.FirstRetry, options.Value.LongestRetry);

    /// <returns>The works of which the result counts now. The others' images were changed, or locked, by somebody else.</returns>
    /// <exception cref="NpgsqlException">Nothing was written.</exception>
    public async Task<IReadOnlyList<Work>> WriteAsync(IReadOnlyList<Work> batch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var settings = new NpgsqlCommand("SET LOCAL lock_timeout = '3s'", connection))
            await settings.ExecuteNonQueryAsync(cancellationToken);
        var tables = await ServingTables.LoadAsync(connection, workspace.Bucket, hold: true, cancellationToken);
        await AddContentsAsync(connection, batch, cancellationToken);
        var assigned = await AssignAsync(connection, tables, batch, cancellationToken);
        var unanswered = await AnswerAsync(connection, tables, assigned, cancellationToken);
        foreach (var work in batch)
            work.IsOutdated = unanswered.Contains(work);
        var held = await HoldAsync(connection, batch, unanswered, cancellationToken);
        await WriteRowsAsync(connection, assigned, held, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return held;
    }

    private static async Task AddContentsAsync(NpgsqlConnection connection, IReadOnlyList<Work> batch, CancellationToken cancellationToken)
    {
        foreach (var work in batch)
            work.Outcome = work.Result;
        var read = batch.Where(w => w.Result is null).ToList();
        var contents = await Look.AddAsync(connection, [.. read.Select(w => w.Look!)], cancellationToken);
        foreach (var (work, content) in read.Zip(contents))
            work.Outcome = new ImageResult.Indexed(work.Image, work.Look!.Info!.ETag, work.Look.Info.Size, content);
    }

    /// <summary>Which works belong to which table: by prefix, or because a row names them.</summary>
    private static async Task<List<(PipelineTable Table, List<Work> Works)>> AssignAsync(
        NpgsqlConnection connection, IReadOnlyList<PipelineTable> tables, IReadOnlyList<Work> batch, CancellationToken cancellationToken)
    {
        var assigned = new List<(PipelineTable, List<Work>)>();
        foreach (var table in tables)
        {
            var others = batch.Where(w => !table.Covers(w.Image.Bucket, w.Image.Key)).Select(w => w.Image.ImageId).ToList();
            var named = others.Count == 0 ? [] : await ServingTables.NamedAsync(connection, table, others, cancellationToken);
            assigned.Add((table, [.. batch.Where(w => named.Contains(w.Image.ImageId) || table.Covers(w.Image.Bucket, w.Image.Key))]));
        }
        return assigned;
    }

    /// <summary>Writes the keywords.</summary>
    /// <returns>Works that a version could not answer for: it came into service after their trunks were chosen.</returns>
    private async Task<HashSet<Work>> AnswerAsync(
        NpgsqlConnection connection, IReadOnlyList<PipelineTable> tables, List<(PipelineTable Table, List<Work> Works)> assigned,
        CancellationToken cancellationToken)
    {
        var unanswered = new HashSet<Work>();
        foreach (var version in tables.SelectMany(t => t.Versions).DistinctBy(v => v.VersionId).OrderBy(v => v.VersionId))
        {
            var wanted = assigned.Where(a => a.Table.Versions.Contains(version))
                .SelectMany(a => a.Works).Where(w => w.Outcome is ImageResult.Indexed).Distinct().ToLookup(w => w.ContentId is not null);
            unanswered.UnionWith(wanted[false]); // nothing wanted its content when it was looked at
            var works = wanted[true].ToList();
            if (works.Count == 0)
                continue;
            var missing = await keywords.EnsureAsync(connection, version.VersionId, [.. works.Select(w => w.ContentId!.Value)], cancellationToken);
            unanswered.UnionWith(works.Where(w => missing.Contains(w.ContentId!.Value)));
        }
        return unanswered;
    }

    private async Task<List<Work>> HoldAsync(
        NpgsqlConnection connection, IReadOnlyList<Work> batch, HashSet<Work> unanswered, CancellationToken cancellationToken)
    {
        var complete = batch.Where(w => !unanswered.Contains(w)).ToList();
        var current = await ImageLedger.HoldAsync(connection, leases.Owner, [.. complete.Select(w => w.Outcome!)], cancellationToken);
        var held = complete.Where(w => current.Contains((w.Image.ImageId, w.Image.Generation))).ToList();
        await ImageLedger.WriteAsync(connection, [.. held.Select(w => w.Outcome!)], _backoff, cancellationToken);
        await RowWriter.CheckLabelsAsync(connection, [.. held.Select(w => w.Image.ImageId)], cancellationToken);
        return held;
    }

    private async Task WriteRowsAsync(
        NpgsqlConnection connection, List<(PipelineTable Table, List<Work> Works)> assigned, List<Work> held, CancellationToken cancellationToken)
    {
        foreach (var (table, works) in assigned)
        {
            var due = works.Intersect(held).Where(w => w.Outcome is not ImageResult.Failed { Kind: FailureKind.Transient })
                .ToDictionary(w => w.Image.ImageId);
            var refused = await RowWriter.WriteAsync(connection, table, [.. due.Keys], cancellationToken);
            if (refused.Count == 0)
                continue;
            foreach (var (image, refusal) in refused)
            {
                var work = due[image];
                var kind = refusal.Passing ? FailureKind.Transient : FailureKind.Table;
                work.Outcome = new ImageResult.Failed(
                    work.Image, kind, $"table: {refusal.Reason}", work.Look?.Info?.ETag, work.Look?.Info?.Size, work.ContentId);
            }
            await ImageLedger.WriteAsync(connection, [.. refused.Keys.Select(image => due[image].Outcome!)], _backoff, cancellationToken);
        }
    }
}
