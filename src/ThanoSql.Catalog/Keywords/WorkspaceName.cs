namespace ThanoSql.Catalog.Keywords;

/// <summary>Tells the functions of schema <c>thanosql</c> which bucket paths mean that name none.</summary>
public static class WorkspaceName
{
    /// <summary>Nothing is written where it is known already.</summary>
    public static Task TellAsync(NpgsqlDataSource owner, Workspace workspace, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(workspace);
        const string sql = """
            INSERT INTO thanosql.default_bucket AS d (bucket) SELECT $1 WHERE NOT EXISTS (SELECT FROM thanosql.default_bucket WHERE bucket = $1)
            ON CONFLICT (one) DO UPDATE SET bucket = excluded.bucket WHERE d.bucket <> excluded.bucket
            """;
        return owner.Command(sql, workspace.Bucket).RunAsync(cancellationToken);
    }
}
