namespace ThanoSql.Planning;

/// <summary>The option <c>table_name</c> (until May 2023): the result is also kept as a table of the user's, in the place of an older one.</summary>
internal static class StoredRows
{
    /// <param name="session">Whose role the table belongs to.</param>
    /// <param name="table">Its name in schema <c>public</c>.</param>
    /// <param name="rows">A query over rows that were kept: the older table may have been the source.</param>
    /// <param name="cancellationToken">Leaves the older table.</param>
    public static Task StoreAsync(Session session, string table, string rows, CancellationToken cancellationToken)
    {
        var name = $"public.{Identifier.Quote(table)}";
        return session.ExecuteAsync([$"DROP TABLE IF EXISTS {name}", $"CREATE TABLE {name} AS {rows}"], cancellationToken);
    }
}
