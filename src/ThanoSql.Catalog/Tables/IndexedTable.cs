using ThanoSql.Catalog.Pipelines;
namespace ThanoSql.Catalog.Tables;

/// <summary>A user's table with one set of index columns, and the pipelines that feed it; names are ready for SQL.</summary>
internal sealed record IndexedTable(IReadOnlyList<PipelineRow> Pipelines, string Workspace)
{
    private PipelineDefinition First => Pipelines[0].Definition;

    /// <summary>The oldest pipeline; names what belongs to all of them.</summary>
    public int Id => Pipelines[0].PipelineId;

    public int[] PipelineIds => [.. Pipelines.Select(p => p.PipelineId)];

    public string Name => First.Table;

    public string Model => First.Model.Name;

    public IndexColumns Columns => First.Columns;

    public string Sql => $"public.{Identifier.Quote(First.Table)}";

    public string ImageCol => First.ImageCol;

    public string? LabelCol => First.LabelCol;

    public string Image => Identifier.Quote(First.ImageCol);

    public bool Active => Pipelines.Any(p => p.Active);

    public bool HasFile => Pipelines.Any(p => p.HasFile);

    public static List<IndexedTable> Of(IEnumerable<PipelineRow> pipelines, string workspace) =>
        [
            .. pipelines.GroupBy(p => (p.Definition.Table, p.Definition.Columns.Keyword)).Select(
                g => new IndexedTable([.. g.OrderBy(p => p.PipelineId)], workspace))
        ];
}
