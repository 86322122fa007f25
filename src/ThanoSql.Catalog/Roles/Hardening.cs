namespace ThanoSql.Catalog.Roles;

/// <summary>
/// What every role may do by default in PostgreSQL and users' SQL should not. <see cref="RoleScript"/> takes it from PUBLIC in this database, and
/// names it.
/// </summary>
public static class Hardening
{
    /// <summary>What is open to everybody all the same: functions and languages, by name; empty when the database is closed.</summary>
    public static async Task<IReadOnlyList<string>> OpenAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Command("SELECT object FROM thanosql_logins.open_to_all()").ListAsync<string>(cancellationToken);
}
