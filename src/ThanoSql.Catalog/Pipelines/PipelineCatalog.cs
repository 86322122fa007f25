using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThanoSql.Catalog.Pipelines;

/// <summary>The pipelines of this installation.</summary>
public sealed class PipelineCatalog(NpgsqlDataSource database, PipelineTables tables)
{
    private const string Columns = "pipeline_id, definition, prefix, state, reason";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>
    /// Makes these definitions the pipelines in service: new and changed ones are written, others wait until their file comes back. Each becomes
    /// active as soon as its table and model are there (<see cref="PipelineTables.RefreshAsync"/>).
    /// </summary>
    /// <exception cref="PipelineConflictException">Prefixes overlap, or two models share a column.</exception>
    public async Task RegisterAsync(IReadOnlyList<PipelineDefinition> definitions, CancellationToken cancellationToken)
    {
        await DefineAsync(definitions, cancellationToken);
        await tables.RefreshAsync(cancellationToken);
    }

    /// <summary>The same, but whoever calls lets the pipelines follow later: a table may take long to be filled.</summary>
    /// <exception cref="PipelineConflictException">Prefixes overlap, or two models share a column.</exception>
    public async Task DefineAsync(IReadOnlyList<PipelineDefinition> definitions, CancellationToken cancellationToken)
    {
        PipelineConflicts.Refuse(definitions);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("LOCK TABLE thanosql.pipeline IN SHARE ROW EXCLUSIVE MODE").RunAsync(cancellationToken);
        var changed = await ChangedAsync(connection, definitions, cancellationToken);
        foreach (var definition in definitions.Where(d => changed.Contains(d.Name)))
            await WriteAsync(connection, definition, cancellationToken);
        await connection.Command(
            "UPDATE thanosql.pipeline SET state = 'waiting', reason = $2, updated_at = now() WHERE name = ANY ($1)",
            changed.Except(definitions.Select(d => d.Name)).ToArray(), PipelineRow.FileIsGone).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// Pipelines that are not as these definitions say, new and gone ones too. Their rows are held in the order in which everybody holds them, not in
    /// the files' order: two that hold them crosswise would wait for each other.
    /// </summary>
    private static async Task<List<string>> ChangedAsync(
        NpgsqlConnection connection, IReadOnlyList<PipelineDefinition> definitions, CancellationToken cancellationToken)
    {
        var changed = await connection.Command(
            """
            SELECT coalesce(d.name, p.name)
            FROM unnest($1::text[], $2::jsonb[]) AS d (name, definition) FULL JOIN thanosql.pipeline p ON p.name = d.name
            WHERE p.name IS NULL OR p.definition IS DISTINCT FROM d.definition OR d.name IS NOT NULL AND p.reason = $3
            """,
            definitions.Select(d => d.Name).ToArray(), definitions.Select(d => JsonSerializer.Serialize(d, Json)).ToArray(), PipelineRow.FileIsGone)
            .ListAsync<string>(cancellationToken);
        await connection.Command(
            "SELECT FROM thanosql.pipeline WHERE name = ANY ($1) ORDER BY pipeline_id FOR NO KEY UPDATE", (object)changed.ToArray())
            .RunAsync(cancellationToken);
        return changed;
    }

    /// <summary>Lets pipelines follow their tables and models.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => tables.RefreshAsync(cancellationToken);

    /// <summary>All pipelines by name.</summary>
    public Task<List<PipelineRow>> ListAsync(CancellationToken cancellationToken) =>
        ListAsync(database.Command($"SELECT {Columns} FROM thanosql.pipeline ORDER BY name"), cancellationToken);

    /// <summary>Notes when the schedules of pipelines fire next, for <c>thanosql.pipelines</c>.</summary>
    /// <param name="next">By the pipelines' names; those that are not named have no schedule, or its last time is over.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task NoteSchedulesAsync(IReadOnlyDictionary<string, DateTimeOffset> next, CancellationToken cancellationToken)
    {
        var times = next.OrderBy(n => n.Key, StringComparer.Ordinal).ToList();
        return database.Command(
            """
            WITH wanted AS (
                SELECT p.pipeline_id, w.next_at FROM unnest($1::text[], $2::timestamptz[]) AS w (name, next_at)
                JOIN thanosql.pipeline p USING (name)),
            ended AS (DELETE FROM thanosql.pipeline_schedule WHERE pipeline_id NOT IN (SELECT pipeline_id FROM wanted))
            INSERT INTO thanosql.pipeline_schedule AS s (pipeline_id, next_at) SELECT pipeline_id, next_at FROM wanted
            ON CONFLICT (pipeline_id) DO UPDATE SET next_at = excluded.next_at WHERE s.next_at <> excluded.next_at
            """,
            times.Select(t => t.Key).ToArray(), times.Select(t => t.Value.UtcDateTime).ToArray()).RunAsync(cancellationToken);
    }

    internal static Task<List<PipelineRow>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ListAsync(connection.Command($"SELECT {Columns} FROM thanosql.pipeline ORDER BY pipeline_id"), cancellationToken);

    private static async Task<List<PipelineRow>> ListAsync(NpgsqlCommand command, CancellationToken cancellationToken) =>
        (await command.ListAsync<(int Id, string Definition, string Prefix, string State, string? Reason)>(cancellationToken))
            .ConvertAll(r => new PipelineRow(
                r.Id, JsonSerializer.Deserialize<PipelineDefinition>(r.Definition, Json)!, r.Prefix, r.State == "active", r.Reason));

    private static Task<int> WriteAsync(NpgsqlConnection connection, PipelineDefinition definition, CancellationToken cancellationToken) =>
        connection.Command(
            """
            INSERT INTO thanosql.pipeline AS p (name, bucket, prefix, table_name, model_name, definition, reason)
            VALUES ($1, $2, normalize($3, NFC), $4, $5, $6::jsonb, 'new')
            ON CONFLICT (name) DO UPDATE
            SET bucket = excluded.bucket, prefix = excluded.prefix, table_name = excluded.table_name, model_name = excluded.model_name,
                definition = excluded.definition, state = 'waiting', reason = 'changed', updated_at = now()
            """,
            definition.Name, definition.Bucket, definition.Prefix, definition.Table, definition.Model.Name,
            JsonSerializer.Serialize(definition, Json)).RunAsync(cancellationToken);
}
