using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Doors;

/// <summary>
/// Gives and ends the logins of SQL clients. Each is a role of its own (<c>infra/postgres/roles.sql</c>): it has the rights of its scope, no
/// temporary tables and no way to a role that anybody logs in as, and what it makes outlives it.
/// </summary>
/// <param name="service">The owner's; may make these logins and no others.</param>
public sealed class DoorLogins(ServiceDatabase service, IOptions<DoorOptions> options, IOptions<UserDatabaseOptions> users, TimeProvider time)
{
    private const long LockKey = 0x446F6F72; // "Door"

    private NpgsqlDataSource Database => service.Source;

    /// <summary>Whether there are logins with a token's rights.</summary>
    public static bool Suits(ApiToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.Scope >= TokenScope.Query && !token.IsRestricted;
    }

    /// <summary>Makes a login with a token's rights.</summary>
    /// <param name="token">Of scope <c>query</c> or wider.</param>
    /// <param name="lifetime">From now; the token's own end comes first.</param>
    /// <param name="who">Who asks, for the audit.</param>
    /// <param name="cancellationToken">Stops before anything is made.</param>
    /// <exception cref="CatalogException">The token gets none, or the time is out of range; the message says what to do.</exception>
    public async Task<DoorLogin> OpenAsync(ApiToken token, TimeSpan lifetime, string who, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        Check(token, lifetime);
        var now = time.GetUtcNow();
        var expires = token.ExpiresAt < now + lifetime ? token.ExpiresAt.Value : now + lifetime;
        var scope = token.Scope.Writes() ? TokenScope.Write.Name() : TokenScope.Query.Name();
        var password = RandomNumberGenerator.GetHexString(48, lowercase: true);

        await using var connection = await Database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Actor.NameAsync(connection, who, cancellationToken);
        await connection.Command($"SELECT pg_catalog.pg_advisory_xact_lock({LockKey})").RunAsync(cancellationToken);
        await CheckRoomAsync(connection, token, cancellationToken);
        var number = await connection.Command(
            "INSERT INTO thanosql.door_login (token_id, scope, made_at, expires_at) VALUES ($1, $2, $3, $4) RETURNING number",
            token.Id, scope, now, expires).ScalarAsync<long>(cancellationToken);
        var user = await connection.Command(
            "SELECT thanosql_logins.open_door($1, $2, $3, $4, $5, $6, $7, $8)", number, scope, ScramVerifier.Of(password), expires,
            options.Value.Connections, options.Value.Seconds, options.Value.IdleSeconds, users.Value.TempFileMegabytes * 1024L)
            .ScalarAsync<string>(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Login(user!, password, scope, expires);
    }

    /// <summary>Whether a login was not ended before its time.</summary>
    public Task<bool> IsOpenAsync(DoorLogin login, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(login);
        return Database.Command(
            """
            SELECT EXISTS (SELECT FROM thanosql.door_login WHERE pg_catalog.current_database() || '_door' || number = $1 AND expires_at > $2)
            """,
            login.User, time.GetUtcNow()).ScalarAsync<bool>(cancellationToken);
    }

    /// <summary>Ends the logins of a token; within a second their sessions end, too.</summary>
    /// <returns>How many.</returns>
    public Task<int> CloseAsync(int tokenId, CancellationToken cancellationToken) => Database.Command(
        "UPDATE thanosql.door_login SET expires_at = $2 WHERE token_id = $1 AND expires_at > $2", tokenId, time.GetUtcNow())
        .RunAsync(cancellationToken);

    /// <summary>Ends those whose time is over or whose token is, and roles that nobody remembers. To be called again and again.</summary>
    public async Task EndDueAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT coalesce(l.login, pg_catalog.current_database() || '_door' || d.number)
            FROM thanosql_logins.doors() AS l (login)
            FULL JOIN thanosql.door_login d ON l.login = pg_catalog.current_database() || '_door' || d.number
            LEFT JOIN thanosql.token t ON t.token_id = d.token_id
            WHERE NOT $2 OR d.number IS NULL OR l.login IS NULL OR d.expires_at <= $1 OR t.revoked_at IS NOT NULL OR t.expires_at <= $1
            """;
        foreach (var login in await Database.Command(sql, time.GetUtcNow(), options.Value.Open).ListAsync<string>(cancellationToken))
        {
            if (await Database.Command("SELECT thanosql_logins.close_door($1)", login).ScalarAsync<bool>(cancellationToken))
            {
                await Database.Command("DELETE FROM thanosql.door_login WHERE pg_catalog.current_database() || '_door' || number = $1", login)
                    .RunAsync(cancellationToken);
            }
        }
    }

    private void Check(ApiToken token, TimeSpan lifetime)
    {
        if (!options.Value.Open)
            throw new CatalogException("The door for SQL clients is closed here (Database:Door:Open).");
        if (!token.IsValidAt(time.GetUtcNow()))
            throw new CatalogException($"The token '{token.Name}' is not in force: 'thanosql token list' shows which are.");
        if (!Suits(token))
        {
            throw new CatalogException(
                $"The token '{token.Name}' gets no login: SQL reads every table, which takes scope 'query' or wider without restrictions. "
                + "GET /api/v1/search is what scope 'search' is for.");
        }
        if (lifetime <= TimeSpan.Zero || lifetime > TimeSpan.FromHours(options.Value.MostHours))
        {
            throw new CatalogException(string.Create(
                CultureInfo.InvariantCulture, $"A login holds for up to {options.Value.MostHours} hours (Database:Door:MostHours)."));
        }
    }

    private async Task CheckRoomAsync(NpgsqlConnection connection, ApiToken token, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT count(*) FILTER (WHERE token_id = $1 AND expires_at > $2), count(*),
                   pg_catalog.current_setting('max_prepared_transactions') <> '0'
            FROM thanosql.door_login
            """;
        var (own, all, prepares) =
            (await connection.Command(sql, token.Id, time.GetUtcNow()).ListAsync<(long, long, bool)>(cancellationToken)).Single();
        if (prepares)
        {
            throw new CatalogException(
                "No login is given while PostgreSQL prepares transactions, which hold locks that no limit ends: set max_prepared_transactions = 0.");
        }
        if (own >= options.Value.LoginsPerToken)
        {
            throw new CatalogException(
                $"The token '{token.Name}' has {own} logins already (Database:Door:LoginsPerToken): "
                + $"end them with 'thanosql token psql {token.Name} --close' or DELETE /api/v1/logins.");
        }
        if ((all + 1) * options.Value.Connections > options.Value.TotalConnections)
        {
            throw new CatalogException(
                $"All {all} logins that there may be are given (Database:Door:TotalConnections): ask again when one has ended.");
        }
    }

    private DoorLogin Login(string user, string password, string scope, DateTimeOffset expires)
    {
        var own = new NpgsqlConnectionStringBuilder(Database.ConnectionString);
        return new DoorLogin(
            options.Value.Host ?? own.Host ?? "127.0.0.1", options.Value.Port ?? own.Port, own.Database!, user, password, scope, expires);
    }
}
