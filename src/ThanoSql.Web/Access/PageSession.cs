using Microsoft.AspNetCore.Components.Authorization;

namespace ThanoSql.Web.Access;

/// <summary>Who looks at an open page.</summary>
public sealed class PageSession(AuthenticationStateProvider state, NavigationManager navigation)
{
    private TokenIdentity? _identity;

    /// <summary>That the browser is signed in as.</summary>
    internal ApiToken Token => Identity.Token;

    /// <summary>As the services know who asks.</summary>
    internal Caller Caller => new(Token, new Uri(navigation.BaseUri).AbsolutePath.TrimEnd('/'));

    /// <summary>Whether a place of that scope is shown. A token that is restricted searches, and no more.</summary>
    internal bool Can(TokenScope scope) => Token.IsRestricted ? scope == TokenScope.Search : Token.Scope >= scope;

    // The state is known from the start: it came with the request
    private TokenIdentity Identity => _identity ??= (TokenIdentity)state.GetAuthenticationStateAsync().Result.User.Identity!;
}
