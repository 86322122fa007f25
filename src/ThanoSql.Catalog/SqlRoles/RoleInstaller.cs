using Microsoft.Extensions.Logging;
using Npgsql;

namespace ThanoSql.Catalog.SqlRoles;

/// <summary>
/// Makes and repairs the roles that users' SQL runs as. The owner must be a superuser, or own the database and have CREATEROLE; in the second case a superuser
/// has to run the statements that <see cref="Hardening.MissingAsync"/> lists once, and the log says so.
/// </summary>
internal sealed partial class RoleInstaller(NpgsqlDataSource owner, SettingCatalog settings, ILogger<RoleInstaller> logger)
{
    private const long LockKey = 0x526F6C6573; // "Roles"

    /// <summary>Runs at every start of every process: what somebody changed by hand is put right. One at a time.</summary>
    /// <exception cref="CatalogException">The owner may not make roles.</exception>
    public async Task InstallAsync(int connectionLimit, long tempFileKilobytes, CancellationToken cancellation)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellation);
        var query = SqlRole.Of(SqlScope.Query, connection.Database);
        var write = SqlRole.Of(SqlScope.Write, connection.Database);
        var passwords = new Dictionary<SqlRole, string>
        {
            [query] = await settings.SecretAsync(query.Secret, cancellation),
            [write] = await settings.SecretAsync(write.Secret, cancellation),
        };

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RunAsync(connection, $"SELECT pg_catalog.pg_advisory_xact_lock({LockKey})", cancellation);
        foreach (var (role, password) in passwords) await EnsureAsync(connection, role, password, connectionLimit, cancellation);
        await RunAsync(connection, Grants.Script(query, write), cancellation);
        await LimitTempFilesAsync(connection, [query, write], tempFileKilobytes, cancellation);
        await HardenAsync(connection, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static async Task EnsureAsync(NpgsqlConnection connection, SqlRole role, string password, int connectionLimit, CancellationToken cancellation)
    {
        const string sql = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = $1";
        await using var look = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = role.Name } } };
        var mighty = await look.ExecuteScalarAsync(cancellation) as bool?;
        var verb = mighty is null ? "CREATE" : "ALTER";
        // Named only where there is something to take away: to say NOCREATEDB, PostgreSQL 16 wants the right to say CREATEDB.
        var powerless = mighty == true ? "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS " : "";
        try
        {
            await RunAsync(
                connection,
                $"{verb} ROLE {role.Quoted} LOGIN INHERIT {powerless}CONNECTION LIMIT {connectionLimit} PASSWORD '{ScramVerifier.Of(password)}'",
                cancellation);
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new CatalogException(
                $"The database user may not make the role {role.Quoted} that users' SQL runs as ({denied.MessageText}). "
                + $"As a superuser run: ALTER ROLE {SqlRole.Quote(connection.UserName!)} CREATEROLE; and drop {role.Quoted} if somebody else made it.",
                denied);
        }
    }

    private static async Task LimitTempFilesAsync(NpgsqlConnection connection, SqlRole[] roles, long kilobytes, CancellationToken cancellation)
    {
        foreach (var role in roles)
            await TryAsync(connection, $"ALTER ROLE {role.Quoted} IN DATABASE {SqlRole.Quote(connection.Database)} SET temp_file_limit = {kilobytes}", cancellation);
    }

    private async Task HardenAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var statement in await Hardening.MissingAsync(connection, cancellation)) await TryAsync(connection, statement, cancellation);
        var missing = await Hardening.MissingAsync(connection, cancellation);
        if (missing.Count > 0) LogMissing(missing.Count, string.Join(" ", missing.Take(3)));
    }

    // What needs a superuser is tried: an owner with fewer rights goes on without, and hears of it.
    private static async Task TryAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await RunAsync(connection, "SAVEPOINT attempt", cancellation);
        try
        {
            await RunAsync(connection, statement, cancellation);
            await RunAsync(connection, "RELEASE SAVEPOINT attempt", cancellation);
        }
        catch (PostgresException denied) when (denied.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            await RunAsync(connection, "ROLLBACK TO SAVEPOINT attempt", cancellation);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Users' SQL is confined, but {Count} built-in functions and languages with which it could disturb others stay open, because the database user is "
            + "no superuser. A superuser should run the output of 'thanosql roles' once; it begins: {First}")]
    private partial void LogMissing(int count, string first);
}
