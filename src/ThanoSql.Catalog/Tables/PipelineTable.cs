namespace ThanoSql.Catalog.Tables;

/// <summary>A table of schema <c>public</c> with one set of index columns, and the pipelines that feed it.</summary>
/// <param name="Pipelines">At least one, in the order of their ids.</param>
/// <param name="Workspace">The bucket of paths that name none.</param>
public sealed record PipelineTable(IReadOnlyList<PipelineRow> Pipelines, string Workspace)
{
    /// <summary>As people write it, unquoted.</summary>
    public string Name => First.Table;

    public string Model => First.Model.Name;

    public IndexColumns Columns => First.Columns;

    /// <summary>
    /// The versions that answer in the table: the one in service, then the one that is being prepared. Empty unless
    /// <see cref="ServingTables.LoadAsync"/> looked.
    /// </summary>
    public IReadOnlyList<ServedVersion> Versions { get; init; } = [];

    /// <summary>The version in service.</summary>
    public ServedVersion Current => Versions[0];

    /// <summary>The version that is being prepared; null when there is none.</summary>
    public ServedVersion? Next => Versions.ElementAtOrDefault(1);

    /// <summary>Whether the table can take the answers of <see cref="Next"/>.</summary>
    internal bool HasNextColumns { get; init; }

    /// <summary>The oldest pipeline; names what belongs to all of them.</summary>
    public int Id => Pipelines[0].PipelineId;

    /// <summary>Of <see cref="Pipelines"/>, in their order.</summary>
    public int[] PipelineIds => [.. Pipelines.Select(p => p.PipelineId)];

    /// <summary><c>public."products"</c></summary>
    internal string Sql => $"public.{Identifier.Quote(Name)}";

    internal string ImageCol => First.ImageCol;

    /// <summary><see cref="ImageCol"/>, ready for SQL.</summary>
    internal string Image => Identifier.Quote(First.ImageCol);

    internal string? LabelCol => First.LabelCol;

    internal bool Active => Pipelines.Any(p => p.Active);

    internal bool HasFile => Pipelines.Any(p => p.HasFile);

    private PipelineDefinition First => Pipelines[0].Definition;

    /// <summary>Whether an object's rows belong here by its name alone.</summary>
    public bool Covers(string bucket, string key) => Pipelines.Any(p => p.Active && p.Covers(bucket, key));

    /// <summary>The index columns in service and those being prepared, in the same order.</summary>
    internal IEnumerable<(string Name, string Type, string Next)> Pairs() =>
        Columns.All().Zip(Columns.Next().All(), (now, next) => (now.Name, now.Type, next.Name));

    internal static List<PipelineTable> Of(IEnumerable<PipelineRow> pipelines, string workspace) =>
        [.. pipelines.GroupBy(p => (p.Definition.Table, p.Definition.Columns.Keyword))
            .Select(g => new PipelineTable([.. g.OrderBy(p => p.PipelineId)], workspace))];
}

/// <summary>A version whose answers go into index columns.</summary>
/// <param name="VersionId">Its row.</param>
/// <param name="TrunkId">The embeddings it reads.</param>
public sealed record ServedVersion(long VersionId, int TrunkId);

/// <summary>The names of a table's index columns.</summary>
public sealed record IndexColumns
{
    /// <summary>The best label (text), or NULL when no label reaches its threshold.</summary>
    public string Keyword { get; init; } = "keyword";

    /// <summary>The best label's probability, 0 to 1 (real).</summary>
    public string Score { get; init; } = "keyword_score";

    /// <summary>The number of the model version that wrote the row (integer); NULL for a human label.</summary>
    public string Version { get; init; } = "keyword_version";

    /// <summary><c>model</c>, <c>person</c> or <c>failed</c> (text); NULL while nobody looked at the picture.</summary>
    public string Source { get; init; } = "keyword_source";

    /// <summary>The four names with their PostgreSQL types.</summary>
    public IEnumerable<(string Name, string Type)> All() =>
        [(Keyword, "text"), (Score, "real"), (Version, "integer"), (Source, "text")];

    /// <summary>The columns in which a new version's answers are prepared while the old one is in service.</summary>
    public IndexColumns Next() => new()
    {
        Keyword = Keyword + "_next",
        Score = Score + "_next",
        Version = Version + "_next",
        Source = Source + "_next",
    };
}
