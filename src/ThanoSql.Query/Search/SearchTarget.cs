using Dapper;
using Npgsql;
using ThanoSql.Catalog.Models;
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
        PipelineCatalog pipelines, ModelCatalog models, NpgsqlDataSource owner, string table, CancellationToken cancellationToken)
    {
        var all = await pipelines.ListAsync(cancellationToken);
        var row = all.Where(p => p.Definition.Table == table).OrderByDescending(p => p.Active).FirstOrDefault()
            ?? throw Unknown(table, [.. all.Select(p => p.Definition.Table).Distinct()]);
        if (!row.Active)
            throw new QueryException(ErrorCode.Unavailable, $"'{table}' cannot be searched yet: {row.Reason}.");
        return new SearchTarget(
            row.Definition, await TypesAsync(owner, table, cancellationToken),
            await models.SearchLabelsAsync(row.Definition.Model.Name, cancellationToken));
    }

    /// <summary>The label that a word stands for: itself, or by the pipeline's synonyms; null when it is neither.</summary>
    public string? LabelOf(string word) => Labels.Contains(word) ? word : Definition.Synonyms.FirstOrDefault(s => s.Value.Contains(word)).Key;

    private static QueryException Unknown(string table, IReadOnlyList<string> tables) => new(
        ErrorCode.NotFound, $"No pipeline fills a table '{table}'.",
        hint: NearestName.Of(table, tables) is { } nearest ? $"Did you mean '{nearest}'?" : $"There are: {string.Join(", ", tables)}.");

    private static async Task<Dictionary<string, string>> TypesAsync(NpgsqlDataSource owner, string table, CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var columns = await connection.QueryAsync<(string Name, string Type)>(new CommandDefinition(
            """
            SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            WHERE c.relname = @table AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            """,
            new { table }, cancellationToken: cancellationToken));
        return columns.ToDictionary();
    }
}
