using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Embedding;

namespace ThanoSql.Indexing.Stages;

/// <summary>
/// Commits what was found out about a batch of images in one transaction: contents, embeddings, keywords of every version in service, the images'
/// states, and the rows of the pipelines' tables. Models cannot be switched meanwhile.
/// </summary>
internal sealed class BatchWriter(NpgsqlDataSource database, ImageLeases leases, KeywordWriter keywords, Workspace workspace, IOptions<IndexingOptions> options)
{
    private readonly Backoff backoff = new(options.Value.FirstRetry, options.Value.LongestRetry);

    /// <returns>The works of which the result counts now. The others' images were changed, or locked, by somebody else.</returns>
    /// <exception cref="NpgsqlException">Nothing was written.</exception>
    public async Task<IReadOnlyList<Work>> WriteAsync(IReadOnlyList<Work> batch, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var settings = new NpgsqlCommand("SET LOCAL lock_timeout = '3s'", connection)) await settings.ExecuteNonQueryAsync(cancellation);
        var tables = await ServingTables.LoadAsync(connection, workspace.Bucket, hold: true, cancellation);
        await AddContentsAsync(connection, batch, cancellation);
        var assigned = await AssignAsync(connection, tables, batch, cancellation);
        var unanswered = await AnswerAsync(connection, tables, assigned, cancellation);
        var held = await HoldAsync(connection, batch, unanswered, cancellation);
        await WriteRowsAsync(connection, assigned, held, cancellation);
        await transaction.CommitAsync(cancellation);
        return held;
    }

    private static async Task AddContentsAsync(NpgsqlConnection connection, IReadOnlyList<Work> batch, CancellationToken cancellation)
    {
        foreach (var work in batch) work.Outcome = work.Result;
        var read = batch.Where(w => w.Result is null).ToList();
        if (read.Count == 0) return;
        var contents = await ContentLedger.EnsureAsync(connection, [.. read.Select(w => w.Hash!)], cancellation);
        await ContentLedger.AddEmbeddingsAsync(
            connection, read.SelectMany((w, i) => w.Vectors.Select(v => new NewEmbedding(v.TrunkId, contents[i], 0, v.Vector))), cancellation);
        foreach (var (work, content) in read.Zip(contents)) work.Outcome = new ImageResult.Indexed(work.Image, work.Info!.ETag, work.Info.Size, content);
    }

    /// <summary>Which works belong to which table: by prefix, or because a row names them.</summary>
    private static async Task<List<(ServingTable Table, List<Work> Works)>> AssignAsync(
        NpgsqlConnection connection, IReadOnlyList<ServingTable> tables, IReadOnlyList<Work> batch, CancellationToken cancellation)
    {
        var assigned = new List<(ServingTable, List<Work>)>();
        foreach (var table in tables)
        {
            var others = batch.Where(w => !table.Covers(w.Image.Bucket, w.Image.Key)).Select(w => w.Image.ImageId).ToList();
            var named = others.Count == 0 ? [] : await ServingTables.NamedAsync(connection, table, others, cancellation);
            assigned.Add((table, [.. batch.Where(w => named.Contains(w.Image.ImageId) || table.Covers(w.Image.Bucket, w.Image.Key))]));
        }
        return assigned;
    }

    /// <summary>Writes the keywords.</summary>
    /// <returns>Works that a version could not answer for: it came into service after their trunks were chosen.</returns>
    private async Task<HashSet<Work>> AnswerAsync(
        NpgsqlConnection connection, IReadOnlyList<ServingTable> tables, List<(ServingTable Table, List<Work> Works)> assigned, CancellationToken cancellation)
    {
        var unanswered = new HashSet<Work>();
        foreach (var version in tables.SelectMany(t => t.Versions).DistinctBy(v => v.VersionId).OrderBy(v => v.VersionId))
        {
            var works = assigned.Where(a => a.Table.Versions.Contains(version)).SelectMany(a => a.Works).Where(w => w.ContentId is not null).Distinct().ToList();
            if (works.Count == 0) continue;
            var missing = await keywords.EnsureAsync(connection, version.VersionId, [.. works.Select(w => w.ContentId!.Value)], cancellation);
            unanswered.UnionWith(works.Where(w => missing.Contains(w.ContentId!.Value)));
        }
        return unanswered;
    }

    private async Task<List<Work>> HoldAsync(
        NpgsqlConnection connection, IReadOnlyList<Work> batch, HashSet<Work> unanswered, CancellationToken cancellation)
    {
        var complete = batch.Where(w => !unanswered.Contains(w)).ToList();
        var current = await ImageLedger.HoldAsync(connection, leases.Owner, [.. complete.Select(w => w.Outcome!)], cancellation);
        var held = complete.Where(w => current.Contains((w.Image.ImageId, w.Image.Generation))).ToList();
        await ImageLedger.WriteAsync(connection, [.. held.Select(w => w.Outcome!)], backoff, cancellation);
        await RowWriter.CheckLabelsAsync(connection, [.. held.Select(w => w.Image.ImageId)], cancellation);
        return held;
    }

    private async Task WriteRowsAsync(
        NpgsqlConnection connection, List<(ServingTable Table, List<Work> Works)> assigned, List<Work> held, CancellationToken cancellation)
    {
        foreach (var (table, works) in assigned)
        {
            var due = works.Intersect(held).Where(w => w.Outcome is not ImageResult.Failed { Kind: FailureKind.Transient }).ToDictionary(w => w.Image.ImageId);
            var refused = await RowWriter.WriteAsync(connection, table, [.. due.Keys], cancellation);
            if (refused.Count == 0) continue;
            foreach (var (image, refusal) in refused)
            {
                var kind = refusal.Passing ? FailureKind.Transient : FailureKind.Table;
                due[image].Outcome = new ImageResult.Failed(
                    due[image].Image, kind, $"table: {refusal.Reason}", due[image].Info?.ETag, due[image].Info?.Size, due[image].ContentId);
            }
            await ImageLedger.WriteAsync(connection, [.. refused.Keys.Select(image => due[image].Outcome!)], backoff, cancellation);
        }
    }
}
