using NpgsqlTypes;
using ThanoSql.Query.Sdk.Tables;

namespace ThanoSql.Query.Sdk.Files;

/// <summary>Rows of a users' table that name a file in a column, with the rights of the token's role.</summary>
internal sealed class PathRows(UserWork work)
{
    /// <summary>Does nothing, where the row could be inserted: so that no file is stored in vain.</summary>
    /// <exception cref="QueryException">There is no such table or column.</exception>
    /// <exception cref="PostgresException">The table does not take it.</exception>
    public Task ProbeAsync(ApiToken token, PathColumn column, string path, CancellationToken cancellationToken) =>
        work.RunAsync(token, async (on, running) =>
        {
            await CheckAsync(on, column, running);
            await on.RunAsync("SAVEPOINT probe", running);
            await InsertAsync(on, column, path, running);
            return await on.RunAsync("ROLLBACK TO probe", running);
        }, cancellationToken);

    /// <exception cref="PostgresException">The table does not take it.</exception>
    public Task InsertAsync(ApiToken token, PathColumn column, string path, CancellationToken cancellationToken) =>
        work.RunAsync(token, (on, running) => InsertAsync(on, column, path, running), cancellationToken);

    /// <param name="token">Whose rights.</param>
    /// <param name="column">Where.</param>
    /// <param name="paths">As rows may spell it.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <exception cref="QueryException">There is no such table or column.</exception>
    public Task DeleteAsync(ApiToken token, PathColumn column, string[] paths, CancellationToken cancellationToken) =>
        work.RunAsync(token, async (on, running) =>
        {
            await CheckAsync(on, column, running);
            var sql = $"DELETE FROM {column.Table.Sql} WHERE {Identifier.Quote(column.Name)}::pg_catalog.text = ANY ($1)";
            return await on.RunAsync(sql, running, new NpgsqlParameter { Value = paths, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        }, cancellationToken);

    // Of no type: the server reads it as the column's
    private static Task<int> InsertAsync(NpgsqlConnection connection, PathColumn column, string path, CancellationToken cancellationToken) =>
        connection.RunAsync(
            $"INSERT INTO {column.Table.Sql} ({Identifier.Quote(column.Name)}) VALUES ($1)", cancellationToken,
            new NpgsqlParameter { Value = path, NpgsqlDbType = NpgsqlDbType.Unknown });

    private static async Task CheckAsync(NpgsqlConnection connection, PathColumn column, CancellationToken cancellationToken)
    {
        var table = await TableCatalog.GetAsync(connection, column.Table, cancellationToken);
        if (!table.Columns!.Any(c => c.Name == column.Name))
            throw new QueryException(ErrorCode.NotFound, $"The table '{column.Table}' has no column '{column.Name}'.");
    }
}

/// <summary>A column that names files.</summary>
internal sealed record PathColumn(TableAddress Table, string Name)
{
    /// <exception cref="QueryException">The request names none.</exception>
    public static PathColumn Of(IQueryCollection query) => new(
        TableAddress.Of(SdkParameters.Text(query, "table_name") ?? throw Missing("table_name"), query),
        TableAddress.Checked(SdkParameters.Text(query, "column_name") ?? throw Missing("column_name"), "column"));

    private static QueryException Missing(string name) => new(ErrorCode.BadRequest, $"'{name}' is missing.");
}
