namespace ThanoSql.Catalog.Roles;

/// <summary>
/// Admits the roles that <see cref="RoleScript"/> made, with this installation's passwords and limits, and grants them what migrations made since.
/// The owner is a plain role: it owns the catalog, and can neither make roles nor become a superuser.
/// </summary>
internal sealed partial class RoleInstaller(NpgsqlDataSource owner, SettingCatalog settings, ILogger<RoleInstaller> logger)
{
    private const long LockKey = 0x526F6C6573; // "Roles"

    /// <summary>Runs at every start of every process: what somebody changed by hand is put right. One at a time.</summary>
    /// <exception cref="CatalogException">The owner is a superuser, or the roles were not made; the message says what to do.</exception>
    public async Task InstallAsync(int connectionLimit, long tempFileKilobytes, CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        await CheckAsync(connection, cancellationToken);
        var query = SqlRole.Of(TokenScope.Query, connection.Database);
        var write = SqlRole.Of(TokenScope.Write, connection.Database);
        var tables = SqlRole.Tables(connection.Database);
        var passwords = new Dictionary<SqlRole, string>();
        foreach (var role in new[] { query, write, tables })
            passwords[role] = await settings.SecretAsync(role.Secret, cancellationToken);

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command($"SELECT pg_catalog.pg_advisory_xact_lock({LockKey})").RunAsync(cancellationToken);
        foreach (var (role, password) in passwords)
        {
            var connections = role == tables ? -1 : connectionLimit;
            await connection.Command("SELECT thanosql_logins.admit($1, NULL, $2, $3)", role.Scope, ScramVerifier.Of(password), connections)
                .RunAsync(cancellationToken);
        }
        foreach (var role in new[] { query, write })
        {
            await connection.Command(
                "SELECT thanosql_logins.limit($1, 'temp_file_limit', $2)", role.Scope, tempFileKilobytes.ToString(CultureInfo.InvariantCulture))
                .RunAsync(cancellationToken);
        }
        await connection.Command(Grants.Script(query, write, tables)).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (await Hardening.OpenAsync(connection, cancellationToken) is { Count: > 0 } open)
            LogOpen(open.Count, open[0]);
    }

    /// <exception cref="CatalogException">The owner is a superuser, or the roles were not made; the message says what to do.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        await CheckAsync(connection, cancellationToken);
    }

    internal static async Task CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT r.rolsuper OR r.rolcreaterole, pg_catalog.to_regproc('thanosql_logins.open_door') IS NOT NULL
            FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
            """;
        var (mighty, made) = (await connection.Command(sql).ListAsync<(bool, bool)>(cancellationToken)).Single();
        var user = connection.UserName;
        if (mighty)
        {
            throw new CatalogException(
                $"The database user '{user}' is a superuser or may make roles: whoever got through this service would own the server. "
                + $"Make a plain owner once with 'thanosql roles --owner {connection.Database}_owner', and connect as it.");
        }
        if (!made)
        {
            throw new CatalogException(
                "The database roles of users' SQL are not there yet, or those of a release before. "
                + "Run once: thanosql roles --superuser 'Host=…;Username=postgres;Password=…' "
                + $"--owner {user}; or, as a superuser, what 'thanosql roles --print' prints.");
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Count} built-in functions and languages with which users' SQL could disturb others are open to everybody, {First} among them: "
            + "PostgreSQL was updated, or an extension made. Run 'thanosql roles' again.")]
    private partial void LogOpen(int count, string first);
}
