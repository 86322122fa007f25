using ThanoSql.Embedding;

namespace ThanoSql.Worker.Stages;

/// <summary>
/// Commits what was found out about images that belong to the same tables. First, with the owner's rights, what is known of their contents: it is
/// true whatever becomes of the rows. Then the images' states and the rows of their tables, in one transaction with users' rights. No version can be
/// promoted during either.
/// </summary>
internal sealed class BatchWriter(
    NpgsqlDataSource database, TableSessions sessions, ImageLeases leases, KeywordWriter keywords, TableGate gate, IOptions<IndexingOptions> options)
{
    private readonly Backoff _backoff = new(options.Value.FirstRetry, options.Value.LongestRetry);

    /// <returns>The works of which the result counts now. The others' images were changed, or locked, by somebody else.</returns>
    /// <exception cref="ServingChangedException">The works may belong to other tables by now; nothing but contents was written.</exception>
    /// <exception cref="TableTroubleException">A table keeps all of the works from being written; nothing but contents was.</exception>
    /// <exception cref="NpgsqlException">Nothing, or nothing but contents, was written.</exception>
    public async Task<IReadOnlyList<Work>> WriteAsync(TableBatch batch, CancellationToken cancellationToken)
    {
        await WriteContentsAsync(batch, cancellationToken);
        var complete = batch.Works.Where(w => !w.IsOutdated).ToList();
        return batch.Tables.Count == 0
            ? await SettleAsync(batch, complete, cancellationToken)
            : await WriteRowsAsync(batch, complete, cancellationToken);
    }

    private async Task WriteContentsAsync(TableBatch batch, CancellationToken cancellationToken)
    {
        var read = batch.Works.Where(w => w.Result is null).ToList();
        foreach (var work in batch.Works)
            (work.Outcome, work.IsOutdated) = (work.Result, false);
        if (read.Count == 0 && (batch.Tables.Count == 0 || batch.Works.All(w => w.Outcome is not ImageResult.Indexed)))
            return;
        var pass = await sessions.PassAsync(cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await HoldAsync(connection, pass, batch, cancellationToken);
        var contents = await Look.AddAsync(connection, [.. read.Select(w => w.Look!)], cancellationToken);
        var embedded = new Dictionary<(int TrunkId, long ContentId), byte[]>();
        foreach (var (work, content) in read.Zip(contents))
        {
            work.Outcome = new ImageResult.Indexed(work.Image, work.Look!.Info!.ETag, work.Look.Info.Size, content);
            foreach (var (trunk, vector) in work.Look.Plain)
                embedded[(trunk, content)] = vector;
        }
        await AnswerAsync(connection, batch, embedded, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Writes the keywords. A version that came into service after a work's trunks were chosen cannot answer for it.</summary>
    private async Task AnswerAsync(
        NpgsqlConnection connection, TableBatch batch, Dictionary<(int TrunkId, long ContentId), byte[]> embedded,
        CancellationToken cancellationToken)
    {
        var indexed = batch.Works.Where(w => w.Outcome is ImageResult.Indexed).ToLookup(w => w.ContentId is not null);
        var works = indexed[true].ToList();
        foreach (var work in indexed[false])
            work.IsOutdated = batch.Tables.Count > 0; // nothing wanted its content when it was looked at
        if (works.Count == 0)
            return;
        foreach (var version in batch.Tables.SelectMany(t => t.Versions).DistinctBy(v => v.VersionId).OrderBy(v => v.VersionId))
        {
            var missing = await keywords.EnsureAsync(
                connection, version.VersionId, [.. works.Select(w => w.ContentId!.Value)], embedded, cancellationToken);
            foreach (var work in works.Where(w => missing.Contains(w.ContentId!.Value)))
                work.IsOutdated = true;
        }
    }

    private async Task<IReadOnlyList<Work>> SettleAsync(TableBatch batch, List<Work> works, CancellationToken cancellationToken)
    {
        var pass = await sessions.PassAsync(cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var busy = await HoldAsync(connection, pass, batch, cancellationToken); // a pipeline that becomes active would miss them
        var held = await SettleAsync(connection, pass, works, cancellationToken);
        await NoteAsync(connection, pass, held, busy, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return held;
    }

    private async Task<List<Work>> SettleAsync(
        NpgsqlConnection connection, Guid pass, List<Work> works, CancellationToken cancellationToken)
    {
        var held = await ImageLedger.SettleAsync(connection, pass, leases.Owner, [.. works.Select(w => w.Outcome!)], _backoff, cancellationToken);
        return [.. held.Select(place => works[place])];
    }

    private async Task<IReadOnlyList<Work>> WriteRowsAsync(TableBatch batch, List<Work> works, CancellationToken cancellationToken)
    {
        if (works.Count == 0)
            return [];
        await using var session = await sessions.OpenAsync(cancellationToken);
        await gate.EnterAsync(session, batch.Tables, cancellationToken);
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        await using (var settings = new NpgsqlCommand("SET LOCAL lock_timeout = '3s'", session.Connection))
            await settings.ExecuteNonQueryAsync(cancellationToken);
        var busy = await HoldAsync(session.Connection, session.Pass, batch, cancellationToken);
        var held = await SettleAsync(session.Connection, session.Pass, works, cancellationToken);
        foreach (var table in batch.Tables)
            await WriteRowsAsync(session, table, held, cancellationToken);
        await NoteAsync(session.Connection, session.Pass, held, busy, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return held;
    }

    private async Task WriteRowsAsync(TableSession session, PipelineTable table, List<Work> held, CancellationToken cancellationToken)
    {
        var due = held.Where(w => w.Outcome is not ImageResult.Failed { Kind: FailureKind.Transient }).ToDictionary(w => w.Image.ImageId);
        var refused = await RowWriter.WriteAsync(session, table, due.Keys, cancellationToken);
        if (refused.Count == 0)
            return;
        foreach (var (image, refusal) in refused)
        {
            var work = due[image];
            var kind = refusal.Passing ? FailureKind.Transient : FailureKind.Table;
            work.Outcome = new ImageResult.Failed(
                work.Image, kind, $"table: {refusal.Reason}", work.Look?.Info?.ETag, work.Look?.Info?.Size, work.ContentId);
        }
        await ImageLedger.RefuseAsync(
            session.Connection, session.Pass, [.. refused.Keys.Select(image => due[image].Outcome!)], _backoff, cancellationToken);
    }

    /// <summary>Holds the batch's pipelines and models.</summary>
    /// <returns>Other pipelines that nobody could hold, nor wait for: somebody activates them, or makes their tables anew.</returns>
    private static async Task<List<int>> HoldAsync(NpgsqlConnection connection, Guid pass, TableBatch batch, CancellationToken cancellationToken)
    {
        var pipelines = batch.Tables.SelectMany(t => t.PipelineIds).ToHashSet();
        try
        {
            var now = await ServingTables.HoldAsync(connection, pass, pipelines, cancellationToken);
            if (!batch.Serving.IsStillSo(pipelines, now))
                throw new ServingChangedException();
            return [.. now.Where(p => p.Busy && !pipelines.Contains(p.PipelineId)).Select(p => p.PipelineId)];
        }
        catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new TableTroubleException($"Table '{batch.Tables[0].Name}' is being filled, or its model switched.", held);
        }
    }

    private static Task NoteAsync(
        NpgsqlConnection connection, Guid pass, IReadOnlyCollection<Work> held, List<int> busy, CancellationToken cancellationToken) =>
        UnaskedImages.NoteAsync(
            connection, pass,
            [.. held.Where(w => w.Outcome is not ImageResult.Failed { Kind: FailureKind.Transient })
                .SelectMany(w => w.Unasked.Union(busy), (work, pipeline) => (pipeline, work.Image.ImageId))],
            cancellationToken);
}

/// <summary>Works that belong to the same tables.</summary>
/// <param name="Serving">As it was when they were assigned.</param>
/// <param name="Tables">Of those; empty for images that no table wants.</param>
internal sealed record TableBatch(Serving Serving, IReadOnlyList<PipelineTable> Tables, IReadOnlyList<Work> Works);

/// <summary>A pipeline or version came or went since works were assigned to tables.</summary>
internal sealed class ServingChangedException() : Exception("Pipelines or versions changed meanwhile.");
