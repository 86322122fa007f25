namespace ThanoSql.Catalog.Images;

/// <summary>
/// How long a transient failure waits: <paramref name="First"/>, doubled with each attempt up to <paramref name="Longest"/>, shortened at random by
/// up to half.
/// </summary>
public sealed record Backoff(TimeSpan First, TimeSpan Longest);
