using System.Net;

namespace ThanoSql.Web.Access;

/// <summary>Which token a browser may be signed in as. Guesses are counted and slowed down like those of the API.</summary>
internal sealed class PageSignIn(RecentTokens tokens, TokenLogins logins, SignInLinks links)
{
    public async Task<SignInOutcome> WithTokenAsync(string text, IPAddress? address, CancellationToken cancellationToken)
    {
        var secret = SecretHash.Of(text);
        if (logins.WaitOf(address, secret) is { } wait)
            return new SignInOutcome(null, "wait", wait);
        if (await tokens.AuthenticateAsync(secret, cancellationToken) is not { Token: var token })
        {
            logins.Failed(address);
            return new SignInOutcome(null, "wrong");
        }
        if (token.Restrictions.Origins.Count > 0)
            return new SignInOutcome(null, "origins");
        logins.Succeeded(secret, token);
        return new SignInOutcome(token);
    }

    public async Task<SignInOutcome> FollowAsync(string code, CancellationToken cancellationToken) =>
        await links.FollowAsync(code, cancellationToken) is { } id && await tokens.FindAsync(id, cancellationToken) is { } token
            ? new SignInOutcome(token)
            : new SignInOutcome(null, "linkEnded");
}

/// <param name="Token">Null: refused.</param>
/// <param name="Refusal">The end of the text's name, <c>access.…</c>.</param>
/// <param name="Wait">Until the next attempt counts.</param>
internal sealed record SignInOutcome(ApiToken? Token, string? Refusal = null, TimeSpan? Wait = null);
