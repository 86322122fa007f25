using Dapper;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Query.Search;

/// <summary>What a search must know of its table, as of the last half second; asked on connections that are set aside.</summary>
internal sealed class SearchCatalog
{
    private readonly ServiceDatabase _service;
    private readonly PipelineCatalog _pipelines;
    private readonly ModelCatalog _models;
    private readonly Recent<string, SearchTarget> _recent;

    public SearchCatalog(ServiceDatabase service, PipelineTables tables, TimeProvider time)
    {
        _service = service;
        _pipelines = new PipelineCatalog(service.Source, tables);
        _models = new ModelCatalog(service.Source);
        _recent = new Recent<string, SearchTarget>(AskAsync!, time);
    }

    /// <exception cref="QueryException">No pipeline fills that table, or it waits for its table or model.</exception>
    public ValueTask<SearchTarget> FindAsync(string table, CancellationToken cancellationToken) => _recent.GetAsync(table, cancellationToken)!;

    /// <summary>For a table that is not what it was said to be.</summary>
    public void Forget(SearchTarget target) => _recent.Forget(known => known == target);

    private async Task<SearchTarget> AskAsync(string table, CancellationToken cancellationToken)
    {
        var all = await _pipelines.ListAsync(cancellationToken);
        var row = all.Where(p => p.Definition.Table == table).OrderByDescending(p => p.Active).FirstOrDefault()
            ?? throw Unknown(table, [.. all.Select(p => p.Definition.Table).Distinct()]);
        if (!row.Active)
            throw new QueryException(ErrorCode.Unavailable, $"'{table}' cannot be searched yet: {row.Reason}.");
        return new SearchTarget(
            row.Definition, await ColumnsAsync(table, cancellationToken),
            await _models.SearchLabelsAsync(row.Definition.Model.Name, cancellationToken));
    }

    private static QueryException Unknown(string table, IReadOnlyList<string> tables) => new(
        ErrorCode.NotFound, $"No pipeline fills a table '{table}'.",
        hint: NearestName.Of(table, tables) is { } nearest ? $"Did you mean '{nearest}'?" : $"There are: {string.Join(", ", tables)}.");

    private async Task<Dictionary<string, SearchColumn>> ColumnsAsync(string table, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL), a.attnotnull,
                c.relkind = 'r' AND NOT c.relrowsecurity AND t.typtype IN ('b', 'e') AND t.typnamespace = 'pg_catalog'::regnamespace
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE c.relname = @table AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            """;
        await using var connection = await _service.Source.OpenConnectionAsync(cancellationToken);
        var columns = await connection.QueryAsync<(string Name, string Type, bool NotNull, bool IsPlain)>(
            new CommandDefinition(sql, new { table }, cancellationToken: cancellationToken));
        return columns.ToDictionary(c => c.Name, c => new SearchColumn(c.Type, c.NotNull, c.IsPlain));
    }
}
