using System.Security.Cryptography;
using Npgsql;

namespace ThanoSql.Catalog.Tokens;

/// <summary>The API tokens of an installation. Only hashes are kept: a lost secret cannot be shown again.</summary>
public sealed class TokenCatalog(NpgsqlDataSource database, TimeProvider time)
{
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
        await using var command = database.CreateCommand(
            "INSERT INTO thanosql.token (name, sha256, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING");
        var now = time.GetUtcNow();
        command.Parameters.AddWithValue(name);
        command.Parameters.AddWithValue(TokenSecret.Hash(secret));
        command.Parameters.AddWithValue(new[] { scope.Name() });
        command.Parameters.AddWithValue(now);
        command.Parameters.Add(
            new NpgsqlParameter { Value = (object?)(now + lifetime) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            throw new CatalogException($"There is a token '{name}' already (perhaps revoked): choose another name.");
        return secret;
    }

    /// <summary>All tokens, by name.</summary>
    public async Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT name, scopes, created_at, expires_at, revoked_at FROM thanosql.token ORDER BY name");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tokens = new List<ApiToken>();
        while (await reader.ReadAsync(cancellationToken))
            tokens.Add(Read(reader));
        return tokens;
    }

    /// <summary>Ends a token at once; the services notice it with their next request.</summary>
    /// <exception cref="CatalogException">There is no such token in force.</exception>
    public async Task RevokeAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("UPDATE thanosql.token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL");
        command.Parameters.AddWithValue(name);
        command.Parameters.AddWithValue(time.GetUtcNow());
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            throw new CatalogException($"There is no token '{name}' in force: 'thanosql token list' shows them all.");
    }

    /// <summary>The token that a secret belongs to, or null when it is unknown, expired or revoked.</summary>
    public async Task<ApiToken?> AuthenticateAsync(string secret, CancellationToken cancellationToken)
    {
        var hash = TokenSecret.Hash(secret);
        await using var command = database.CreateCommand(
            "SELECT name, scopes, created_at, expires_at, revoked_at, sha256 FROM thanosql.token WHERE sha256 = $1");
        command.Parameters.AddWithValue(hash);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        // The index compares in its own time, but over a hash, of which a caller can choose no byte; the last word is in constant time.
        var same = CryptographicOperations.FixedTimeEquals(hash, reader.GetFieldValue<byte[]>(5));
        var token = Read(reader);
        return same && token.IsValidAt(time.GetUtcNow()) ? token : null;
    }

    private static ApiToken Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetFieldValue<string[]>(1).Select(TokenScopes.Parse).Max(),
        reader.GetFieldValue<DateTimeOffset>(2),
        reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3),
        reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4));
}
