using Dapper;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Query.Search;

/// <summary>What a search must know of its table, as of the last half second; asked on connections that are set aside.</summary>
internal sealed class SearchCatalog
{
    private readonly ServiceDatabase _service;
    private readonly string _workspace;
    private readonly PipelineCatalog _pipelines;
    private readonly ModelCatalog _models;
    private readonly LabelRenames _renames;
    private readonly Recent<string, SearchTarget> _recent;

    public SearchCatalog(ServiceDatabase service, PipelineTables tables, IOptions<SqlOptions> sql, TimeProvider time)
    {
        (_service, _workspace) = (service, sql.Value.Workspace);
        _pipelines = new PipelineCatalog(service.Source, tables);
        _models = new ModelCatalog(service.Source);
        _renames = new LabelRenames(service.Source);
        _recent = new Recent<string, SearchTarget>(AskAsync!, time);
    }

    /// <exception cref="QueryException">No pipeline fills that table, or it waits for its table or model.</exception>
    public ValueTask<SearchTarget> FindAsync(string table, CancellationToken cancellationToken) => _recent.GetAsync(table, cancellationToken)!;

    /// <summary>The tables that a token may search, by name; of several pipelines of a table, an active one.</summary>
    public async Task<IReadOnlyList<PipelineRow>> TablesAsync(ApiToken token, CancellationToken cancellationToken)
    {
        var all = await _pipelines.ListAsync(cancellationToken);
        var only = token.Restrictions.Tables;
        return [.. all.Where(p => p.HasFile && (only.Count == 0 || only.Contains(p.Definition.Table)))
            .GroupBy(p => p.Definition.Table, StringComparer.Ordinal).OrderBy(table => table.Key, StringComparer.Ordinal)
            .Select(table => table.OrderByDescending(p => p.Active).ThenBy(p => p.PipelineId).First())];
    }

    /// <summary>For a table that is not what it was said to be.</summary>
    public void Forget(SearchTarget target) => _recent.Forget(known => known == target);

    private async Task<SearchTarget> AskAsync(string table, CancellationToken cancellationToken)
    {
        var all = await _pipelines.ListAsync(cancellationToken);
        var row = all.Where(p => p.Definition.Table == table).OrderByDescending(p => p.Active).FirstOrDefault()
            ?? throw Unknown(table, [.. all.Select(p => p.Definition.Table).Distinct()]);
        if (!row.Active)
            throw new QueryException(ErrorCode.Unavailable, $"'{table}' cannot be searched yet: {row.Reason}.");
        var (columns, pages) = await ColumnsAsync(table, cancellationToken);
        var model = row.Definition.Model.Name;
        return new SearchTarget(
            row.Definition, columns, await _models.SearchLabelsAsync(model, cancellationToken), await _renames.OfAsync(model, cancellationToken))
        {
            Pages = pages,
            Workspace = _workspace,
        };
    }

    private static QueryException Unknown(string table, IReadOnlyList<string> tables) => new(
        ErrorCode.NotFound, $"No pipeline fills a table '{table}'.",
        hint: NearestName.Of(table, tables) is { } nearest ? $"Did you mean '{nearest}'?" : $"There are: {string.Join(", ", tables)}.");

    private async Task<(Dictionary<string, SearchColumn> Columns, long Pages)> ColumnsAsync(string table, CancellationToken cancellationToken)
    {
        // Ordered is what an index could be built over; that of an array's or a record's elements shows when they are compared
        const string sql = """
            WITH RECURSIVE c AS (
                SELECT oid, relkind = 'r' AND NOT relrowsecurity AS plain, greatest(
                    pg_catalog.pg_relation_size(oid),
                    (SELECT sum(pg_catalog.pg_relation_size(relid)) FROM pg_catalog.pg_partition_tree(c.oid))) / 8192 AS pages
                FROM pg_catalog.pg_class c WHERE relname = @table AND relnamespace = 'public'::regnamespace),
            typed AS (
                SELECT a.attname, a.attnotnull, a.atttypid, a.atttypid AS type FROM c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                WHERE a.attnum > 0 AND NOT a.attisdropped
                UNION ALL
                SELECT s.attname, s.attnotnull, s.atttypid, t.typbasetype
                FROM typed s JOIN pg_catalog.pg_type t ON t.oid = s.type WHERE t.typtype = 'd')
            SELECT s.attname, pg_catalog.format_type(t.oid, -1), s.attnotnull,
                c.plain AND t.oid = s.atttypid AND t.typtype IN ('b', 'e') AND t.typnamespace = 'pg_catalog'::regnamespace,
                t.typtype IN ('e', 'r', 'm', 'c') OR t.typcategory = 'A' OR EXISTS (
                    SELECT FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
                    WHERE o.opcdefault AND (o.opcintype = t.oid OR EXISTS (
                        SELECT FROM pg_catalog.pg_cast x
                        WHERE x.castsource = t.oid AND x.casttarget = o.opcintype AND x.castmethod = 'b' AND x.castcontext = 'i'))),
                t.oid, c.pages::bigint
            FROM typed s JOIN pg_catalog.pg_type t ON t.oid = s.type AND t.typtype <> 'd' CROSS JOIN c
            """;
        await using var connection = await _service.Source.OpenConnectionAsync(cancellationToken);
        var columns = (await connection.QueryAsync<(string Name, string Type, bool NotNull, bool IsPlain, bool IsOrdered, uint TypeId, long Pages)>(
            new CommandDefinition(sql, new { table }, cancellationToken: cancellationToken))).AsList();
        return (columns.ToDictionary(c => c.Name, c => new SearchColumn(c.Type, c.NotNull, c.IsPlain, c.IsOrdered, c.TypeId)),
            columns.Count > 0 ? columns[0].Pages : 0);
    }
}
