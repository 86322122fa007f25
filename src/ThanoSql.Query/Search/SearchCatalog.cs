using Dapper;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Query.Search;

/// <summary>What a search must know of its table, asked on connections that are set aside.</summary>
internal sealed class SearchCatalog(ServiceDatabase service, PipelineTables tables)
{
    private readonly PipelineCatalog _pipelines = new(service.Source, tables);
    private readonly ModelCatalog _models = new(service.Source);

    /// <exception cref="QueryException">No pipeline fills that table, or it waits for its table or model.</exception>
    public async Task<SearchTarget> FindAsync(string table, CancellationToken cancellationToken)
    {
        var all = await _pipelines.ListAsync(cancellationToken);
        var row = all.Where(p => p.Definition.Table == table).OrderByDescending(p => p.Active).FirstOrDefault()
            ?? throw Unknown(table, [.. all.Select(p => p.Definition.Table).Distinct()]);
        if (!row.Active)
            throw new QueryException(ErrorCode.Unavailable, $"'{table}' cannot be searched yet: {row.Reason}.");
        return new SearchTarget(
            row.Definition, await TypesAsync(table, cancellationToken),
            await _models.SearchLabelsAsync(row.Definition.Model.Name, cancellationToken));
    }

    private static QueryException Unknown(string table, IReadOnlyList<string> tables) => new(
        ErrorCode.NotFound, $"No pipeline fills a table '{table}'.",
        hint: NearestName.Of(table, tables) is { } nearest ? $"Did you mean '{nearest}'?" : $"There are: {string.Join(", ", tables)}.");

    private async Task<Dictionary<string, string>> TypesAsync(string table, CancellationToken cancellationToken)
    {
        await using var connection = await service.Source.OpenConnectionAsync(cancellationToken);
        var columns = await connection.QueryAsync<(string Name, string Type)>(new CommandDefinition(
            """
            SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            WHERE c.relname = @table AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            """,
            new { table }, cancellationToken: cancellationToken));
        return columns.ToDictionary();
    }
}
