using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;

namespace ThanoSql.Catalog.Pipelines;

/// <summary>The pipelines of this installation.</summary>
public sealed class PipelineRegistry(NpgsqlDataSource database, PipelineTables tables)
{
    private const string Columns = "pipeline_id, definition, prefix, state, reason";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>
    /// Makes these definitions the pipelines in service: new and changed ones are written, others wait until their file comes back. Each becomes active as
    /// soon as its table and model are there (<see cref="PipelineTables.RefreshAsync"/>).
    /// </summary>
    /// <exception cref="PipelineConflictException">Prefixes overlap, or two models share a column.</exception>
    public async Task RegisterAsync(IReadOnlyList<PipelineDefinition> definitions, CancellationToken cancellation)
    {
        PipelineConflicts.Refuse(definitions);
        await using (var connection = await database.OpenConnectionAsync(cancellation))
        await using (var transaction = await connection.BeginTransactionAsync(cancellation))
        {
            await connection.Command("LOCK TABLE thanosql.pipeline IN SHARE ROW EXCLUSIVE MODE").RunAsync(cancellation);
            foreach (var definition in definitions) await WriteAsync(connection, definition, cancellation);
            await connection.Command(
                "UPDATE thanosql.pipeline SET state = 'waiting', reason = $2, updated_at = now() WHERE NOT name = ANY ($1)",
                definitions.Select(d => d.Name).ToArray(), PipelineRow.FileIsGone).RunAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
        await tables.RefreshAsync(cancellation);
    }

    /// <summary>All pipelines by name.</summary>
    public Task<List<PipelineRow>> ListAsync(CancellationToken cancellation) =>
        database.Command($"SELECT {Columns} FROM thanosql.pipeline ORDER BY name").ListAsync(Read, cancellation);

    internal static Task<List<PipelineRow>> ListAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.Command($"SELECT {Columns} FROM thanosql.pipeline ORDER BY pipeline_id").ListAsync(Read, cancellation);

    private static Task<int> WriteAsync(NpgsqlConnection connection, PipelineDefinition definition, CancellationToken cancellation) => connection.Command(
        """
        INSERT INTO thanosql.pipeline AS p (name, bucket, prefix, table_name, model_name, definition, reason)
        VALUES ($1, $2, normalize($3, NFC), $4, $5, $6::jsonb, 'new')
        ON CONFLICT (name) DO UPDATE
        SET bucket = excluded.bucket, prefix = excluded.prefix, table_name = excluded.table_name, model_name = excluded.model_name,
            definition = excluded.definition, state = 'waiting', reason = 'changed', updated_at = now()
        WHERE p.definition <> excluded.definition OR p.reason = $7
        """,
        definition.Name, definition.Bucket, definition.Prefix, definition.Table, definition.Model.Name, JsonSerializer.Serialize(definition, Json), PipelineRow.FileIsGone)
        .RunAsync(cancellation);

    private static PipelineRow Read(NpgsqlDataReader r) => new(
        r.GetInt32(0), JsonSerializer.Deserialize<PipelineDefinition>(r.GetString(1), Json)!, r.GetString(2), r.GetString(3) == "active",
        r.IsDBNull(4) ? null : r.GetString(4));
}
