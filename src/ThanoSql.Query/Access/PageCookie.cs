using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;

namespace ThanoSql.Query.Access;

/// <summary>
/// Signs a browser in to the page as a token. The cookie holds the token's number alone: what it may do, the catalog says at each request, and it
/// ends with the token. It counts on the page itself, and for requests to the API that the page's scripts make.
/// </summary>
internal static class PageCookie
{
    public const string SchemeName = "Page";

    // A form or link of another site cannot set a header, and a script of one would have to ask first
    private const string FromPage = "X-ThanoSQL-Page";
    private const string Number = "token";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    public static IServiceCollection AddPageCookie(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("thanosql");
        services.AddSingleton<CookieKeys>();
        services.AddOptions<KeyManagementOptions>().Configure<CookieKeys>((keys, catalog) => keys.XmlRepository = catalog);
        services.AddAuthentication().AddCookie(SchemeName, options =>
        {
            options.Cookie.Name = "thanosql";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax; // a link from a chat finds its reader signed in
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.ExpireTimeSpan = Lifetime;
            options.SlidingExpiration = true;
            options.Events.OnValidatePrincipal = ValidateAsync;
        });
        return services;
    }

    /// <summary>Signs the browser in.</summary>
    public static Task SignInAsync(HttpContext context, ApiToken token) => context.SignInAsync(
        SchemeName,
        new ClaimsPrincipal(new ClaimsIdentity([new Claim(Number, token.Id.ToString(CultureInfo.InvariantCulture))], SchemeName)),
        new AuthenticationProperties { IsPersistent = true });

    /// <summary>Whether a request may be authenticated by the cookie.</summary>
    public static bool Counts(HttpContext context) =>
        IsPage(context) || context.Request.Headers.ContainsKey(FromPage);

    /// <summary>Whether a request is for the page itself, not for the API.</summary>
    public static bool IsPage(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<PageEndpoint>() is not null;

    /// <summary>
    /// Keeps the page's socket to pages of its own origin. Browsers send a page of another one no cookie, but not all of them know SameSite.
    /// </summary>
    public static Task GuardSocketAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsPage(context) || IsSameOrigin(context.Request))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static bool IsSameOrigin(HttpRequest request) => request.Headers.Origin.ToString() is not { Length: > 0 } origin
        || (Uri.TryCreate(origin, UriKind.Absolute, out var from)
            && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var tokens = context.HttpContext.RequestServices.GetRequiredService<RecentTokens>();
        if (int.TryParse(context.Principal?.FindFirst(Number)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && await tokens.FindAsync(id, context.HttpContext.RequestAborted) is { } token)
        {
            context.HttpContext.RequestServices.GetRequiredService<TokenUses>().Note(token);
            context.ReplacePrincipal(new ClaimsPrincipal(new TokenIdentity(token, SchemeName, context.Principal.FindFirst(Number)!)));
        }
        else
        {
            context.RejectPrincipal();
        }
    }
}

/// <summary>Marks endpoints of the page: a browser without a cookie is led to sign in.</summary>
internal sealed class PageEndpoint;

/// <summary>Who a token makes of a request or an open page.</summary>
internal sealed class TokenIdentity(ApiToken token, string scheme, params IEnumerable<Claim> more) : ClaimsIdentity(
    [
        new Claim(ClaimTypes.Name, token.Name),
        new Claim(Policies.ScopeClaim, token.IsRestricted ? Policies.Restricted : token.Scope.Name()),
        .. more,
    ],
    scheme)
{
    public ApiToken Token => token;
}
