using System.Buffers.Text;
using ThanoSql.Catalog.Audits;

namespace ThanoSql.Catalog.Tokens;

/// <summary>The API tokens of an installation. Only hashes of their secrets are kept: a lost one cannot be shown again.</summary>
public sealed class TokenCatalog(NpgsqlDataSource database, TimeProvider time, Workspace? workspace = null)
{
    private const string Columns =
        "token_id, name, scopes, tables, prefixes, origins, per_minute, created_at, expires_at, revoked_at, last_used_at, sha256";

    private readonly string _workspace = (workspace ?? Workspace.Default).Bucket;

    /// <summary>Makes a token that nothing restricts, as somebody at the command line.</summary>
    /// <inheritdoc cref="CreateAsync(NewToken, string, CancellationToken)"/>
    public async Task<string> CreateAsync(string name, TokenScope scope, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        var token = new NewToken(name, scope, time.GetUtcNow() + lifetime, TokenRestrictions.None);
        return (await CreateAsync(token, Actor.CommandLine, cancellationToken)).Secret;
    }

    /// <summary>Makes a token.</summary>
    /// <param name="token">What it is to be.</param>
    /// <param name="who">Who makes it, for the audit.</param>
    /// <param name="cancellationToken">Stops before anything is made.</param>
    /// <returns>The token and its secret, which is shown this once.</returns>
    /// <exception cref="CatalogException">The name is empty or taken, or something else is wrong; the message says what.</exception>
    public async Task<(ApiToken Token, string Secret)> CreateAsync(NewToken token, string who, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (string.IsNullOrWhiteSpace(token.Name) || token.Name.Contains('\0', StringComparison.Ordinal))
            throw new CatalogException("A token needs a name: it is how you revoke it.");
        var restrictions = Checked(token.Scope, token.Restrictions);
        CheckEnd(token.ExpiresAt);
        var secret = TokenSecret.New();
        const string sql = $"""
            INSERT INTO thanosql.token (name, sha256, scopes, tables, prefixes, origins, per_minute, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING RETURNING {Columns}
            """;
        var made = await ActAsync(
            who,
            connection => connection.Command(
                sql, token.Name, SecretHash.Of(secret).ToArray(), new[] { token.Scope.Name() }, restrictions.Tables.ToArray(),
                restrictions.Prefixes.ToArray(), restrictions.Origins.ToArray(), restrictions.PerMinute, time.GetUtcNow(),
                token.ExpiresAt?.ToUniversalTime()).ListAsync<Row>(cancellationToken),
            cancellationToken);
        return made is [var row]
            ? (row.Token, secret)
            : throw new CatalogException($"There is a token '{token.Name}' already (perhaps revoked): choose another name.");
    }

    /// <summary>Changes when a token ends and what restricts it; the services keep to it within a second.</summary>
    /// <param name="name">The token's.</param>
    /// <param name="change">From the token as it is to what it shall be; name and scope stay.</param>
    /// <param name="who">Who changes it, for the audit.</param>
    /// <param name="cancellationToken">Stops before anything is changed.</param>
    /// <returns>The token as it is now; null when there is none in force.</returns>
    /// <exception cref="CatalogException">Something of it is wrong; the message says what.</exception>
    public Task<ApiToken?> ChangeAsync(string name, Func<ApiToken, ApiToken> change, string who, CancellationToken cancellationToken) => ActAsync(
        who,
        async connection =>
        {
            const string find = $"SELECT {Columns} FROM thanosql.token WHERE name = $1 AND revoked_at IS NULL FOR UPDATE";
            if (await connection.Command(find, name).ListAsync<Row>(cancellationToken) is not [var row])
                return null;
            var changed = change(row.Token);
            var restrictions = Checked(row.Token.Scope, changed.Restrictions);
            if (changed.ExpiresAt != row.Token.ExpiresAt)
                CheckEnd(changed.ExpiresAt);
            const string write = $"""
                UPDATE thanosql.token SET tables = $2, prefixes = $3, origins = $4, per_minute = $5, expires_at = $6 WHERE name = $1
                RETURNING {Columns}
                """;
            return (await connection.Command(
                write, name, restrictions.Tables.ToArray(), restrictions.Prefixes.ToArray(), restrictions.Origins.ToArray(),
                restrictions.PerMinute, changed.ExpiresAt?.ToUniversalTime()).ListAsync<Row>(cancellationToken)).Single().Token;
        },
        cancellationToken);

    /// <summary>All tokens, by name.</summary>
    public async Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.token ORDER BY name").ListAsync<Row>(cancellationToken)).ConvertAll(r => r.Token);

    /// <summary>Ends a token at once, as somebody at the command line.</summary>
    /// <exception cref="CatalogException">There is no such token in force.</exception>
    public async Task RevokeAsync(string name, CancellationToken cancellationToken)
    {
        if (!await RevokeAsync(name, Actor.CommandLine, cancellationToken))
            throw new CatalogException($"There is no token '{name}' in force: 'thanosql token list' shows them all.");
    }

    /// <summary>Ends a token at once: no request is taken any more, and the services end those under way within a second.</summary>
    /// <param name="name">The token's.</param>
    /// <param name="who">Who ends it, for the audit.</param>
    /// <param name="cancellationToken">Stops before it is ended.</param>
    /// <returns>Whether it was in force.</returns>
    public async Task<bool> RevokeAsync(string name, string who, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE thanosql.token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
        return await ActAsync(who, connection => connection.Command(sql, name, time.GetUtcNow()).RunAsync(cancellationToken), cancellationToken) > 0;
    }

    /// <summary>Whether there is, or was, a token of that name.</summary>
    public Task<bool> IsKnownAsync(string name, CancellationToken cancellationToken) =>
        database.Command("SELECT EXISTS (SELECT FROM thanosql.token WHERE name = $1)", name).ScalarAsync<bool>(cancellationToken);

    /// <summary>The token of that number, or null when it is unknown, expired or revoked.</summary>
    public async Task<ApiToken?> FindAsync(int id, CancellationToken cancellationToken) =>
        await database.Command($"SELECT {Columns} FROM thanosql.token WHERE token_id = $1", id).ListAsync<Row>(cancellationToken) is [var row]
            && row.Token.IsValidAt(time.GetUtcNow()) ? row.Token : null;

    /// <summary>The origins that tokens in force name.</summary>
    public async Task<IReadOnlySet<string>> OriginsAsync(CancellationToken cancellationToken) => (await database.Command(
        "SELECT DISTINCT unnest(origins) FROM thanosql.token WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)",
        time.GetUtcNow()).ListAsync<string>(cancellationToken)).ToHashSet();

    /// <summary>The token that a secret belongs to, or null when it is unknown, expired or revoked.</summary>
    public Task<ApiToken?> AuthenticateAsync(string secret, CancellationToken cancellationToken) =>
        AuthenticateAsync(SecretHash.Of(secret), cancellationToken);

    /// <summary>The token of whose secret that is the hash, or null when it is unknown, expired or revoked.</summary>
    public async Task<ApiToken?> AuthenticateAsync(SecretHash secret, CancellationToken cancellationToken)
    {
        var hash = secret.ToArray();
        var found = await database.Command($"SELECT {Columns} FROM thanosql.token WHERE sha256 = $1", (object)hash).ListAsync<Row>(cancellationToken);
        // The index does not compare in constant time, but it compares hashes, of which a caller can choose no byte; the last comparison does.
        return found is [var row] && CryptographicOperations.FixedTimeEquals(hash, row.Sha256) && row.Token.IsValidAt(time.GetUtcNow())
            ? row.Token
            : null;
    }

    /// <summary>Those of the given tokens that are neither revoked nor expired.</summary>
    public async Task<IReadOnlySet<int>> InForceAsync(IReadOnlyCollection<int> ids, CancellationToken cancellationToken) =>
        (await database.Command(
            "SELECT token_id FROM thanosql.token WHERE token_id = ANY ($1) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
            ids.ToArray(), time.GetUtcNow()).ListAsync<int>(cancellationToken)).ToHashSet();

    /// <summary>Notes when tokens were used last; a later time that another process noted stays.</summary>
    public Task UsedAsync(IReadOnlyDictionary<int, DateTimeOffset> times, CancellationToken cancellationToken) =>
        database.Command(
            """
            UPDATE thanosql.token t SET last_used_at = greatest(t.last_used_at, u.at)
            FROM unnest($1, $2) AS u (token_id, at) WHERE t.token_id = u.token_id
            """,
            times.Keys.ToArray(), times.Values.ToArray()).RunAsync(cancellationToken);

    private TokenRestrictions Checked(TokenScope scope, TokenRestrictions restrictions) => scope == TokenScope.Search || restrictions.IsNone
        ? restrictions.Checked(_workspace)
        : throw new CatalogException(
            $"Only tokens of scope 'search' can be restricted (tables, prefixes, origins, requests a minute), not of '{scope.Name()}'.");

    private void CheckEnd(DateTimeOffset? end)
    {
        if (end <= time.GetUtcNow())
            throw new CatalogException($"A token cannot expire in the past ({end:u}).");
    }

    /// <summary>Does something in a transaction that the audit knows by its actor.</summary>
    private async Task<T> ActAsync<T>(string who, Func<NpgsqlConnection, Task<T>> act, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Actor.NameAsync(connection, who, cancellationToken);
        var done = await act(connection);
        await transaction.CommitAsync(cancellationToken);
        return done;
    }

    private sealed record Row(
        int TokenId, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string> Tables, IReadOnlyList<string> Prefixes,
        IReadOnlyList<string> Origins, int? PerMinute, DateTime CreatedAt, DateTime? ExpiresAt, DateTime? RevokedAt, DateTime? LastUsedAt,
        byte[] Sha256)
    {
        public ApiToken Token => new(Name, Scopes.Select(TokenScopes.Parse).Max(), CreatedAt, ExpiresAt, RevokedAt)
        {
            Id = TokenId,
            LastUsedAt = LastUsedAt,
            Restrictions = Tables.Count + Prefixes.Count + Origins.Count == 0 && PerMinute is null
                ? TokenRestrictions.None
                : new TokenRestrictions(Tables, Prefixes, Origins, PerMinute),
        };
    }
}

/// <summary>A token to be made.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Scope">The widest thing it may do.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="Restrictions">For scope <c>search</c> alone.</param>
public sealed record NewToken(string Name, TokenScope Scope, DateTimeOffset? ExpiresAt, TokenRestrictions Restrictions);

/// <summary>The text that a client shows: <c>tsql_</c> and 256 random bits. A guess is hopeless, so one round of SHA-256 is enough at rest.</summary>
internal static class TokenSecret
{
    private const string Prefix = "tsql_"; // lets secret scanners and people recognise it

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
