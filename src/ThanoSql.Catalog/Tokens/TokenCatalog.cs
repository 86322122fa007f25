using System.Buffers.Text;
using System.Text;

namespace ThanoSql.Catalog.Tokens;

/// <summary>The API tokens of an installation. Only hashes are kept: a lost secret cannot be shown again.</summary>
public sealed class TokenCatalog(NpgsqlDataSource database, TimeProvider time)
{
    private const string Columns = "name, scopes, created_at, expires_at, revoked_at, sha256";

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
        var made = await database.Command(
            "INSERT INTO thanosql.token (name, sha256, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
            name, TokenSecret.Hash(secret), new[] { scope.Name() }, now, now + lifetime).RunAsync(cancellationToken);
        if (made == 0)
            throw new CatalogException($"There is a token '{name}' already (perhaps revoked): choose another name.");
        return secret;
    }

    /// <summary>All tokens, by name.</summary>
    public async Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.token ORDER BY name").ListAsync<Row>(cancellationToken)).ConvertAll(r => r.Token);

    /// <summary>Ends a token at once; the services notice it with their next request.</summary>
    /// <exception cref="CatalogException">There is no such token in force.</exception>
    public async Task RevokeAsync(string name, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE thanosql.token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
        if (await database.Command(sql, name, time.GetUtcNow()).RunAsync(cancellationToken) == 0)
            throw new CatalogException($"There is no token '{name}' in force: 'thanosql token list' shows them all.");
    }

    /// <summary>The token that a secret belongs to, or null when it is unknown, expired or revoked.</summary>
    public async Task<ApiToken?> AuthenticateAsync(string secret, CancellationToken cancellationToken)
    {
        var hash = TokenSecret.Hash(secret);
        var found = await database.Command($"SELECT {Columns} FROM thanosql.token WHERE sha256 = $1", (object)hash).ListAsync<Row>(cancellationToken);
        // The index does not compare in constant time, but it compares hashes, of which a caller can choose no byte; the last comparison does.
        return found is [var row] && CryptographicOperations.FixedTimeEquals(hash, row.Sha256) && row.Token.IsValidAt(time.GetUtcNow())
            ? row.Token
            : null;
    }

    private sealed record Row(
        string Name, IReadOnlyList<string> Scopes, DateTime CreatedAt, DateTime? ExpiresAt, DateTime? RevokedAt, byte[] Sha256)
    {
        public ApiToken Token => new(Name, Scopes.Select(TokenScopes.Parse).Max(), CreatedAt, ExpiresAt, RevokedAt);
    }
}

/// <summary>The text that a client shows: <c>tsql_</c> and 256 random bits. A guess is hopeless, so one round of SHA-256 is enough at rest.</summary>
internal static class TokenSecret
{
    private const string Prefix = "tsql_"; // lets secret scanners and people recognise it

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
