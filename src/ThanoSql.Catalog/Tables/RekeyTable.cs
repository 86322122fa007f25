namespace ThanoSql.Catalog.Tables;

/// <summary>A table of schema public whose index columns pipelines fill.</summary>
/// <param name="PipelineIds">All pipelines that feed it.</param>
/// <param name="Workspace">The bucket that paths without one belong to.</param>
public sealed record RekeyTable(int[] PipelineIds, string Table, string ImageCol, IndexColumns Columns, string Workspace)
{
    /// <summary><c>public."products"</c></summary>
    internal string Sql => $"public.{Identifier.Quote(Table)}";

    internal string ImageColSql => Identifier.Quote(ImageCol);

    /// <summary>The index columns in service and those being prepared, in the same order.</summary>
    internal IEnumerable<(string Name, string Type, string Next)> Pairs() =>
        Columns.All().Zip(Columns.Next().All(), (now, next) => (now.Name, now.Type, next.Name));
}
