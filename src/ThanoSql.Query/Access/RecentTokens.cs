using System.Security.Claims;

namespace ThanoSql.Query.Access;

/// <summary>The tokens that requests carry and links name, as the catalog had them within the last half second.</summary>
internal sealed class RecentTokens(TokenCatalog tokens, TimeProvider time)
{
    private readonly Recent<SecretHash, KnownToken> _recent = new(
        async (hash, cancellationToken) => await tokens.AuthenticateAsync(hash, cancellationToken) is { } token ? new KnownToken(token) : null, time);

    private readonly Recent<int, ApiToken> _linked = new(tokens.FindAsync, time);

    /// <summary>The token whose secret has that hash; null when it is unknown, expired or revoked.</summary>
    public async ValueTask<KnownToken?> AuthenticateAsync(SecretHash hash, CancellationToken cancellationToken) =>
        await _recent.GetAsync(hash, cancellationToken) is { } known && known.Token.IsValidAt(time.GetUtcNow()) ? known : null;

    /// <summary>The token of that number; null when it is unknown, expired or revoked.</summary>
    public async ValueTask<ApiToken?> FindAsync(int id, CancellationToken cancellationToken) =>
        await _linked.GetAsync(id, cancellationToken) is { } token && token.IsValidAt(time.GetUtcNow()) ? token : null;

    /// <summary>For a token that is no longer in force, or has changed.</summary>
    public void Forget(int id)
    {
        _recent.Forget(known => known.Token.Id == id);
        _linked.Forget(token => token.Id == id);
    }
}

/// <summary>A token and who it makes of a request; shared by its requests, so nothing may be added to it.</summary>
internal sealed class KnownToken(ApiToken token)
{
    public ApiToken Token => token;

    public ClaimsPrincipal Principal { get; } = new(new TokenIdentity(token, TokenAuthentication.SchemeName));
}
