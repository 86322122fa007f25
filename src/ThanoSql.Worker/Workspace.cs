namespace ThanoSql.Worker;

/// <summary>The bucket of paths that name none (<c>Storage:DefaultBucket</c>).</summary>
internal sealed record Workspace(string Bucket);
