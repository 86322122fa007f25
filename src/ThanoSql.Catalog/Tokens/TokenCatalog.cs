using System.Buffers.Text;
using ThanoSql.Catalog.Audits;

namespace ThanoSql.Catalog.Tokens;

/// <summary>
/// The API tokens of an installation. Only hashes are kept: a lost secret cannot be shown again. Only the command line makes and revokes them.
/// </summary>
public sealed class TokenCatalog(NpgsqlDataSource database, TimeProvider time)
{
    private const string Columns = "token_id, name, scopes, created_at, expires_at, revoked_at, last_used_at, sha256";

    /// <summary>Makes a token.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="scope">The widest thing it may do.</param>
    /// <param name="lifetime">Null: until it is revoked.</param>
    /// <param name="cancellationToken">Stops before anything is made.</param>
    /// <returns>The secret, shown this once.</returns>
    /// <exception cref="CatalogException">The name is empty or taken, or the lifetime is not positive.</exception>
    public async Task<string> CreateAsync(string name, TokenScope scope, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new CatalogException("A token needs a name: it is how you revoke it.");
        if (lifetime <= TimeSpan.Zero)
            throw new CatalogException("A token's lifetime must be positive.");
        var secret = TokenSecret.New();
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Actor.NameAsync(connection, Actor.CommandLine, cancellationToken);
        var made = await connection.Command(
            "INSERT INTO thanosql.token (name, sha256, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
            name, SecretHash.Of(secret).ToArray(), new[] { scope.Name() }, now, now + lifetime).RunAsync(cancellationToken);
        if (made == 0)
            throw new CatalogException($"There is a token '{name}' already (perhaps revoked): choose another name.");
        await transaction.CommitAsync(cancellationToken);
        return secret;
    }

    /// <summary>All tokens, by name.</summary>
    public async Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.token ORDER BY name").ListAsync<Row>(cancellationToken)).ConvertAll(r => r.Token);

    /// <summary>Ends a token at once: no request is taken any more, and the services end those under way within a second.</summary>
    /// <exception cref="CatalogException">There is no such token in force.</exception>
    public async Task RevokeAsync(string name, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE thanosql.token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Actor.NameAsync(connection, Actor.CommandLine, cancellationToken);
        if (await connection.Command(sql, name, time.GetUtcNow()).RunAsync(cancellationToken) == 0)
            throw new CatalogException($"There is no token '{name}' in force: 'thanosql token list' shows them all.");
        await transaction.CommitAsync(cancellationToken);
    }

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

    private sealed record Row(
        int TokenId, string Name, IReadOnlyList<string> Scopes, DateTime CreatedAt, DateTime? ExpiresAt, DateTime? RevokedAt, DateTime? LastUsedAt,
        byte[] Sha256)
    {
        public ApiToken Token =>
            new(Name, Scopes.Select(TokenScopes.Parse).Max(), CreatedAt, ExpiresAt, RevokedAt) { Id = TokenId, LastUsedAt = LastUsedAt };
    }
}

/// <summary>The text that a client shows: <c>tsql_</c> and 256 random bits. A guess is hopeless, so one round of SHA-256 is enough at rest.</summary>
internal static class TokenSecret
{
    private const string Prefix = "tsql_"; // lets secret scanners and people recognise it

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
