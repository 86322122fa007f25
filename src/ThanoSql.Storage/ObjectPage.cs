namespace ThanoSql.Storage;

/// <summary>One page of a listing.</summary>
/// <param name="Objects">At most 1,000 objects.</param>
/// <param name="Last">The last key looked at, spelled as in the store: hand it to <see cref="IObjectStore.ListAsync"/> to go on after this
/// page.</param>
/// <param name="Unusable">Keys that no <see cref="ObjectPath"/> can name (empty or <c>..</c> segments), left out of
/// <paramref name="Objects"/>.</param>
public sealed record ObjectPage(IReadOnlyList<ObjectInfo> Objects, string? Last, IReadOnlyList<string> Unusable);
