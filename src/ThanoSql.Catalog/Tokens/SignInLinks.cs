using System.Buffers.Text;

namespace ThanoSql.Catalog.Tokens;

/// <summary>Links that sign a browser in as a token, once and for a short time. Only hashes of what they hold are kept.</summary>
public sealed class SignInLinks(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>For how long a link waits to be followed.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <returns>What the link holds: 43 characters that need no escaping in an address.</returns>
    public async Task<string> CreateAsync(ApiToken token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await database.Command(
            "INSERT INTO thanosql.sign_in_link (sha256, token_id, ends_at) VALUES ($1, $2, $3)",
            SecretHash.Of(code).ToArray(), token.Id, time.GetUtcNow() + Lifetime).RunAsync(cancellationToken);
        return code;
    }

    /// <summary>Uses a link up, and forgets those that nobody followed.</summary>
    /// <returns>The number of its token; null when the link is unknown, was followed before or has ended.</returns>
    public async Task<int?> FollowAsync(string code, CancellationToken cancellationToken) => (await database.Command(
        """
        WITH ended AS (DELETE FROM thanosql.sign_in_link WHERE sha256 = $1 OR ends_at <= $2 RETURNING sha256, token_id, ends_at)
        SELECT token_id FROM ended WHERE sha256 = $1 AND ends_at > $2
        """,
        SecretHash.Of(code).ToArray(), time.GetUtcNow()).ListAsync<int>(cancellationToken)) is [var token] ? token : null;
}
