namespace ThanoSql.Catalog.Roles;

/// <summary>
/// Makes and repairs the roles that users' SQL runs as. The owner must be a superuser, or own the database and have CREATEROLE; in the second case a
/// superuser has to run the statements that <see cref="Hardening.MissingAsync"/> lists once, and the log says so.
/// </summary>
internal sealed partial class RoleInstaller(NpgsqlDataSource owner, SettingCatalog settings, ILogger<RoleInstaller> logger)
{
    private const long LockKey = 0x526F6C6573; // "Roles"

    /// <summary>Runs at every start of every process: what somebody changed by hand is put right. One at a time.</summary>
    /// <exception cref="CatalogException">The owner may not make roles.</exception>
    public async Task InstallAsync(int connectionLimit, long tempFileKilobytes, CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var query = SqlRole.Of(TokenScope.Query, connection.Database);
        var write = SqlRole.Of(TokenScope.Write, connection.Database);
        var passwords = new Dictionary<SqlRole, string>
        {
            [query] = await settings.SecretAsync(query.Secret, cancellationToken),
            [write] = await settings.SecretAsync(write.Secret, cancellationToken),
        };

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, $"SELECT pg_catalog.pg_advisory_xact_lock({LockKey})", cancellationToken);
        foreach (var (role, password) in passwords)
            await EnsureAsync(connection, role, password, connectionLimit, cancellationToken);
        await RunAsync(connection, Grants.Script(query, write), cancellationToken);
        await LimitTempFilesAsync(connection, [query, write], tempFileKilobytes, cancellationToken);
        await HardenAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task EnsureAsync(
        NpgsqlConnection connection, SqlRole role, string password, int connectionLimit, CancellationToken cancellationToken)
    {
        const string sql =
            "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = $1";
        var mighty = await connection.Command(sql, role.Name).ScalarAsync<bool?>(cancellationToken);
        var verb = mighty is null ? "CREATE" : "ALTER";
        // Named only where there is something to take away: to say NOCREATEDB, PostgreSQL 16 wants the right to say CREATEDB.
        var powerless = mighty == true ? "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS " : "";
        try
        {
            await RunAsync(
                connection,
                $"{verb} ROLE {role.Quoted} LOGIN INHERIT {powerless}CONNECTION LIMIT {connectionLimit} PASSWORD '{ScramVerifier.Of(password)}'",
                cancellationToken);
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new CatalogException(
                $"The database user may not make the role {role.Quoted} that users' SQL runs as ({denied.MessageText}). "
                + $"As a superuser run: ALTER ROLE {Identifier.Quote(connection.UserName!)} CREATEROLE; "
                + $"and drop {role.Quoted} if somebody else made it.",
                denied);
        }
    }

    private static async Task LimitTempFilesAsync(NpgsqlConnection connection, SqlRole[] roles, long kilobytes, CancellationToken cancellationToken)
    {
        foreach (var role in roles)
        {
            await TryAsync(
                connection, $"ALTER ROLE {role.Quoted} IN DATABASE {Identifier.Quote(connection.Database)} SET temp_file_limit = {kilobytes}",
                cancellationToken);
        }
    }

    private async Task HardenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var statement in await Hardening.MissingAsync(connection, cancellationToken))
            await TryAsync(connection, statement, cancellationToken);
        var missing = await Hardening.MissingAsync(connection, cancellationToken);
        if (missing.Count > 0)
            LogMissing(missing.Count, string.Join(" ", missing.Take(3)));
    }

    // What needs a superuser is only tried: an owner with fewer rights goes on without it.
    private static async Task TryAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await RunAsync(connection, "SAVEPOINT attempt", cancellationToken);
        try
        {
            await RunAsync(connection, statement, cancellationToken);
            await RunAsync(connection, "RELEASE SAVEPOINT attempt", cancellationToken);
        }
        catch (PostgresException denied) when (denied.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            await RunAsync(connection, "ROLLBACK TO SAVEPOINT attempt", cancellationToken);
        }
    }

    private static Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        connection.Command(sql).RunAsync(cancellationToken);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Users' SQL is confined, but {Count} built-in functions and languages with which it could disturb others stay open, because the "
            + "database user is no superuser. A superuser should run the output of 'thanosql roles' once; it begins: {First}")]
    private partial void LogMissing(int count, string first);
}
