using Dapper;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Query.Completion;

/// <summary>The names that a statement may use, as of the last few seconds: people type faster than tables change.</summary>
internal sealed class CompletionCatalog
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private readonly ServiceDatabase _service;
    private readonly UserDatabase _users;
    private readonly ModelCatalog _models;
    private readonly PipelineCatalog _pipelines;
    private readonly Recent<bool, IReadOnlyList<VisibleTable>> _tables;
    private readonly Recent<bool, IReadOnlyList<KnownModel>> _known;
    private readonly Recent<string, IReadOnlyList<string>> _labels;

    public CompletionCatalog(ServiceDatabase service, UserDatabase users, Catalog.Tables.PipelineTables tables, TimeProvider time)
    {
        (_service, _users) = (service, users);
        _models = new ModelCatalog(service.Source);
        _pipelines = new PipelineCatalog(service.Source, tables);
        _tables = new Recent<bool, IReadOnlyList<VisibleTable>>(ReadTablesAsync!, time, Age);
        _known = new Recent<bool, IReadOnlyList<KnownModel>>(ReadModelsAsync!, time, Age);
        _labels = new Recent<string, IReadOnlyList<string>>(_models.SearchLabelsAsync!, time, Age);
    }

    /// <summary>Tables and views that statements of a scope may read, those of users before ours.</summary>
    public ValueTask<IReadOnlyList<VisibleTable>> TablesAsync(TokenScope scope, CancellationToken cancellationToken) =>
        _tables.GetAsync(scope.Writes(), cancellationToken)!;

    public ValueTask<IReadOnlyList<KnownModel>> ModelsAsync(CancellationToken cancellationToken) => _known.GetAsync(true, cancellationToken)!;

    /// <summary>What a model says, and what people said in its place.</summary>
    public ValueTask<IReadOnlyList<string>> LabelsAsync(string model, CancellationToken cancellationToken) =>
        _labels.GetAsync(model, cancellationToken)!;

    // With the rights of the scope's role, on a connection of its own
    private async Task<IReadOnlyList<VisibleTable>> ReadTablesAsync(bool writes, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'thanosql')
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
            ORDER BY n.nspname, c.relname, a.attnum
            """;
        var pool = await _users.PoolAsync(writes ? TokenScope.Write : TokenScope.Query, cancellationToken);
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        var columns = await connection.QueryAsync<(string Schema, string Table, string Name, string Type)>(
            new CommandDefinition(sql, cancellationToken: cancellationToken));
        return [.. columns.GroupBy(c => (c.Schema, c.Table))
            .Select(t => new VisibleTable(t.Key.Schema, t.Key.Table, [.. t.Select(c => new VisibleColumn(c.Name, c.Type))]))];
    }

    private async Task<IReadOnlyList<KnownModel>> ReadModelsAsync(bool _, CancellationToken cancellationToken)
    {
        var pipelines = await _pipelines.ListAsync(cancellationToken);
        return [.. (await _models.ListAsync(cancellationToken)).Where(m => m.CurrentVersionId is not null).Select(m => new KnownModel(
            m.Name, m.Algorithm, m.LabelCol,
            [.. pipelines.Select(p => p.Definition).Where(p => p.Model.Name == m.Name)
                .Select(p => new FilledColumn(p.Table, p.Columns.Keyword, p.LabelCol))]))];
    }
}

/// <param name="Schema"><c>public</c>, or <c>thanosql</c> for what the service tells of itself.</param>
internal sealed record VisibleTable(string Schema, string Name, IReadOnlyList<VisibleColumn> Columns)
{
    public bool IsUsers => Schema == "public";
}

/// <param name="Type">For people: <c>integer</c>, <c>text[]</c>.</param>
internal sealed record VisibleColumn(string Name, string Type);

/// <summary>A model with a version in service.</summary>
/// <param name="LabelCol">Of its BUILD.</param>
/// <param name="Fills">The columns that hold its labels.</param>
internal sealed record KnownModel(string Name, string Algorithm, string LabelCol, IReadOnlyList<FilledColumn> Fills)
{
    public bool HasLabels => Algorithm != EmbeddingModel.Algorithm;

    /// <summary>Whether a column of one of the tables holds its labels; of any table where none is named.</summary>
    public bool Says(string column, IReadOnlyCollection<string> tables) =>
        Fills.Any(f => (tables.Count == 0 || tables.Contains(f.Table)) && (f.Keyword == column || f.Label == column));
}

/// <param name="Keyword">The pipeline's column.</param>
/// <param name="Label">The column that people write to; null where there is none.</param>
internal sealed record FilledColumn(string Table, string Keyword, string? Label);
