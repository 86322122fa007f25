using Npgsql;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Language;
using ThanoSql.Planning;

namespace ThanoSql.Query.Search;

/// <summary>A pipeline's table as the search endpoints see it.</summary>
/// <param name="Definition">Names of its columns, and which of them may be shown, filtered and sorted by.</param>
/// <param name="Types">Type of each column of the table.</param>
/// <param name="Labels">Of the model in service, and those that people gave.</param>
internal sealed record SearchTarget(PipelineDefinition Definition, IReadOnlyDictionary<string, string> Types, IReadOnlyList<string> Labels)
{
    /// <exception cref="QueryException">No pipeline fills that table, or it waits for its table or model.</exception>
    public static async Task<SearchTarget> FindAsync(
        PipelineCatalog pipelines, NpgsqlDataSource owner, string table, CancellationToken cancellationToken)
    {
        var all = await pipelines.ListAsync(cancellationToken);
        var row = all.Where(p => p.Definition.Table == table).OrderByDescending(p => p.Active).FirstOrDefault()
            ?? throw Unknown(table, [.. all.Select(p => p.Definition.Table).Distinct()]);
        if (!row.Active)
            throw new QueryException(ErrorCode.Unavailable, $"'{table}' cannot be searched yet: {row.Reason}.");
        return new SearchTarget(
            row.Definition, await TypesAsync(owner, table, cancellationToken),
            await LabelsAsync(owner, row.Definition.Model.Name, cancellationToken));
    }

    /// <summary>The label that a word stands for: itself, or by the pipeline's synonyms; null when it is neither.</summary>
    public string? LabelOf(string word) => Labels.Contains(word) ? word : Definition.Synonyms.FirstOrDefault(s => s.Value.Contains(word)).Key;

    private static QueryException Unknown(string table, IReadOnlyList<string> tables) => new(
        ErrorCode.NotFound, $"No pipeline fills a table '{table}'.",
        hint: NearestName.Of(table, tables) is { } nearest ? $"Did you mean '{nearest}'?" : $"There are: {string.Join(", ", tables)}.");

    private static async Task<Dictionary<string, string>> TypesAsync(NpgsqlDataSource owner, string table, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand("""
            SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            WHERE c.relname = $1 AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = table });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, string>();
        while (await reader.ReadAsync(cancellationToken))
            types[reader.GetString(0)] = reader.GetString(1);
        return types;
    }

    private static async Task<IReadOnlyList<string>> LabelsAsync(NpgsqlDataSource owner, string model, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand("""
            SELECT v.labels || ARRAY(SELECT DISTINCT c.label FROM thanosql.correction c WHERE c.model_name = m.name AND c.label <> ALL (v.labels) ORDER BY c.label)
            FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id WHERE m.name = $1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = model });
        return await command.ExecuteScalarAsync(cancellationToken) as string[] ?? [];
    }
}
