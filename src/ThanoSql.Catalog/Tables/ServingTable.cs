namespace ThanoSql.Catalog.Tables;

/// <summary>A version whose answers go into index columns.</summary>
/// <param name="VersionId">Its row.</param>
/// <param name="TrunkId">The embeddings it reads.</param>
public sealed record ServedVersion(long VersionId, int TrunkId);

/// <summary>A table that active pipelines fill, and the versions that answer in it.</summary>
public sealed class ServingTable
{
    internal ServingTable(IndexedTable table, ServedVersion current, ServedVersion? next, bool hasNextColumns) =>
        (Table, Current, Next, HasNextColumns) = (table, current, next, hasNextColumns);

    /// <summary>The version in service.</summary>
    public ServedVersion Current { get; }

    /// <summary>The version that is being prepared; null when there is none.</summary>
    public ServedVersion? Next { get; }

    public string Name => Table.Name;

    internal IndexedTable Table { get; }

    internal bool HasNextColumns { get; }

    /// <summary>Both versions.</summary>
    public IEnumerable<ServedVersion> Versions => Next is null ? [Current] : [Current, Next];

    /// <summary>Whether an object's rows belong here by its name alone.</summary>
    public bool Covers(string bucket, string key) => Table.Pipelines.Any(p => p.Active && p.Covers(bucket, key));
}
