namespace ThanoSql.Catalog.Tables;

/// <summary>Which tables are filled now, and by which versions.</summary>
public static class ServingTables
{
    /// <param name="connection">In a transaction, if <paramref name="hold"/>.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="hold">Lock the models against switches, and the pipelines against becoming active, until the transaction ends.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<IReadOnlyList<PipelineTable>> LoadAsync(
        NpgsqlConnection connection, string workspace, bool hold, CancellationToken cancellationToken)
    {
        // A pipeline that becomes active takes the images that are indexed by then: none may be written meanwhile by somebody who still sees it
        // waiting.
        if (hold)
            await connection.Command("SELECT FROM thanosql.pipeline ORDER BY pipeline_id FOR SHARE").RunAsync(cancellationToken);
        var tables = PipelineTable.Of((await PipelineCatalog.ListAsync(connection, cancellationToken)).Where(p => p.Active), workspace);
        if (tables.Count == 0)
            return [];
        var models = await ModelsAsync(connection, [.. tables.Select(t => t.Model).Distinct()], hold, cancellationToken);
        var columns = await ColumnsAsync(connection, tables, cancellationToken);
        var serving = new List<PipelineTable>();
        foreach (var table in tables)
        {
            // A table that was dropped meanwhile is found by the next refresh
            if (!models.TryGetValue(table.Model, out var model) || !columns.Contains((table.Name, table.Columns.Source)))
                continue;
            serving.Add(table with { Versions = model, HasNextColumns = columns.Contains((table.Name, table.Columns.Next().Source)) });
        }
        return serving;
    }

    /// <summary>
    /// Which of the images a table's rows name, whatever their prefix. None when the table was dropped or changed so that it cannot be asked: its
    /// pipeline waits from its next look on, and takes all rows when it is active again.
    /// </summary>
    /// <returns>Null when somebody holds the table, or what hangs on it takes too long: <see cref="UnaskedImages"/> remembers who asked.</returns>
    public static async Task<HashSet<long>?> NamedAsync(
        TableSession session, PipelineTable table, IReadOnlyCollection<(long ImageId, string Bucket, string Key)> images,
        CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(session, table, images, cancellationToken);
        }
        catch (PostgresException changed) when (changed.SqlState.StartsWith("42", StringComparison.Ordinal)) // no such table or column, no right
        {
            return [];
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled)
        {
            return null;
        }
        catch (NpgsqlException slow) when (slow.InnerException is TimeoutException)
        {
            return null;
        }
    }

    // In one round trip: every image of other prefixes is asked for
    private static async Task<HashSet<long>> AskAsync(
        TableSession session, PipelineTable table, IReadOnlyCollection<(long ImageId, string Bucket, string Key)> images,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(session.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SET lock_timeout = '50ms'"),
                new NpgsqlBatchCommand(RowStatements.Named(table))
                {
                    Parameters =
                    {
                        new NpgsqlParameter { Value = images.Select(i => i.ImageId).ToArray() },
                        new NpgsqlParameter { Value = images.Select(i => i.Bucket).ToArray() },
                        new NpgsqlParameter { Value = images.Select(i => i.Key).ToArray() },
                        new NpgsqlParameter { Value = table.Workspace },
                    },
                },
            },
        };
        var named = new HashSet<long>();
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            named.Add(rows.GetInt64(0));
        return named;
    }

    /// <summary>
    /// Locks pipelines and their models against switches, and other pipelines against becoming active, until the transaction ends. It waits only for
    /// the pipelines that it is asked for.
    /// </summary>
    /// <param name="connection">In a transaction; a table session's before it touches a table.</param>
    /// <param name="pass">Of the process's sessions.</param>
    /// <param name="pipelines">Of the tables that are about to be written.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <exception cref="PostgresException">One of them is held for seconds: its table is being filled.</exception>
    public static async Task<IReadOnlyList<HeldPipeline>> HoldAsync(
        NpgsqlConnection connection, Guid pass, IReadOnlyCollection<int> pipelines, CancellationToken cancellationToken) =>
        await connection.Command(
            "SELECT pipeline_id, current_version, next_version, active, busy FROM thanosql.hold_tables($1, $2)", pass, pipelines.ToArray())
            .ListAsync<HeldPipeline>(cancellationToken);

    /// <summary>The tables that active pipelines fill with the keywords of a model, each once however many pipelines feed it.</summary>
    /// <param name="database">The owner's.</param>
    /// <param name="model">Its name.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<IReadOnlyList<PipelineTable>> OfModelAsync(
        NpgsqlDataSource database, string model, string workspace, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await OfModelAsync(connection, model, workspace, cancellationToken);
    }

    /// <summary>Whether these are still the tables of a model: pipelines may have become active or tables gone meanwhile.</summary>
    internal static async Task<bool> AreAllAsync(
        NpgsqlDataSource database, string model, IReadOnlyList<PipelineTable> tables, CancellationToken cancellationToken) =>
        (await OfModelAsync(database, model, workspace: "", cancellationToken)).Select(t => (t.Name, t.Columns.Keyword)).ToHashSet()
            .SetEquals(tables.Select(t => (t.Name, t.Columns.Keyword)));

    private static async Task<List<PipelineTable>> OfModelAsync(
        NpgsqlConnection connection, string model, string workspace, CancellationToken cancellationToken)
    {
        var rows = await PipelineCatalog.ListAsync(connection, cancellationToken);
        var tables = PipelineTable.Of(rows.Where(r => r.Active && r.Definition.Model.Name == model), workspace);
        var there = await connection.Command(
            "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('public.' || quote_ident(name)) IS NOT NULL",
            (object)tables.Select(t => t.Name).Distinct().ToArray()).ListAsync<string>(cancellationToken);
        return [.. tables.Where(t => there.Contains(t.Name))];
    }

    private static async Task<Dictionary<string, ServedVersion[]>> ModelsAsync(
        NpgsqlConnection connection, string[] names, bool hold, CancellationToken cancellationToken)
    {
        var locked = hold
            ? "SELECT * FROM thanosql.model WHERE name = ANY ($1) ORDER BY model_id FOR SHARE"
            : "SELECT * FROM thanosql.model WHERE name = ANY ($1)";
        var rows = await connection.Command(
            $"""
             SELECT m.name, v.version_id, v.trunk_id
             FROM ({locked}) m
             JOIN thanosql.model_version v ON v.version_id IN (m.current_version_id, m.next_version_id)
             WHERE m.current_version_id IS NOT NULL
             ORDER BY v.version_id <> m.current_version_id
             """,
            (object)names).ListAsync<(string Model, long VersionId, int TrunkId)>(cancellationToken);
        return rows.GroupBy(r => r.Model).ToDictionary(g => g.Key, g => g.Select(r => new ServedVersion(r.VersionId, r.TrunkId)).ToArray());
    }

    private static async Task<HashSet<(string Table, string Column)>> ColumnsAsync(
        NpgsqlConnection connection, List<PipelineTable> tables, CancellationToken cancellationToken)
    {
        var names = tables.SelectMany(t => new[] { t.Columns.Source, t.Columns.Next().Source }).Distinct().ToArray();
        return [.. await connection.Command(
            """
            SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1) AND a.attname = ANY ($2) AND NOT a.attisdropped
            """,
            tables.Select(t => t.Name).Distinct().ToArray(), names).ListAsync<(string, string)>(cancellationToken)];
    }
}

/// <summary>A pipeline, as a transaction may rely on it until it ends.</summary>
/// <param name="CurrentVersion">Its model's version in service.</param>
/// <param name="NextVersion">The one that is being prepared.</param>
/// <param name="Active">Whether its table is filled.</param>
/// <param name="Busy">Somebody else holds it, and it was not waited for: its state may change at any time.</param>
public sealed record HeldPipeline(int PipelineId, long? CurrentVersion, long? NextVersion, bool Active, bool Busy);
