using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Web.Access;

/// <summary>Ends an open page whose token was revoked, has expired or was changed.</summary>
internal sealed class TokenRevalidation(ILoggerFactory loggers, RecentTokens tokens, DatabaseOutage outage)
    : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(15);

    protected override async Task<bool> ValidateAuthenticationStateAsync(
        AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        if (authenticationState.User.Identity is not TokenIdentity { Token: var known })
            return false;
        try
        {
            return await tokens.FindAsync(known.Id, cancellationToken) is { } now && now.ExpiresAt == known.ExpiresAt
                && now.Restrictions.IsSameAs(known.Restrictions);
        }
        catch (NpgsqlException error)
        {
            outage.Noticed(error); // an outage ends no page: what it asks for is refused anyhow
            return true;
        }
    }
}
