using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Access;

/// <summary>
/// API tokens: <c>Authorization: Bearer …</c>, and where the caller can set no header (websockets of browsers and notebooks, endpoints with
/// <see cref="TokenInUrl"/>) the query parameter <c>api_token</c>. Browsers that are signed in to the page show its cookie instead.
/// </summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, RecentTokens tokens, TokenLogins logins)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiToken";

    private static readonly object TokenKey = new();
    private static readonly object WaitKey = new();

    /// <summary>The token of an authorised request.</summary>
    public static ApiToken TokenOf(HttpContext context) => (ApiToken)context.Items[TokenKey]!;

    /// <summary>The token of a request, whether or not its scope is enough; null without one.</summary>
    public static ApiToken? TryTokenOf(HttpContext context) => context.Items.TryGetValue(TokenKey, out var token) ? (ApiToken?)token : null;

    /// <summary>For a request whose token was revoked while it was under way.</summary>
    public static Task WriteRevokedAsync(HttpContext context) => Problems.WriteAsync(
        context,
        new QueryError(ErrorCode.Unauthorized, "The API token was revoked or has expired, and what it was doing was ended."),
        context.RequestAborted);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Secret() is not { Length: > 0 } text)
            return PageCookie.Counts(Context) ? await FromPageAsync() : AuthenticateResult.NoResult();
        var secret = SecretHash.Of(text);
        var address = Context.Connection.RemoteIpAddress;
        if (logins.WaitOf(address, secret) is { } wait)
        {
            Context.Items[WaitKey] = wait;
            return AuthenticateResult.Fail("Too many logins of this address failed.");
        }
        if (await tokens.AuthenticateAsync(secret, Context.RequestAborted) is not { } known)
        {
            logins.Failed(address);
            return AuthenticateResult.Fail("The API token is unknown, expired or revoked.");
        }
        logins.Succeeded(secret, known.Token);
        Context.Items[TokenKey] = known.Token;
        return AuthenticateResult.Success(new AuthenticationTicket(known.Principal, Scheme.Name));
    }

    /// <summary>A page stays open for hours: it is no request that its token has in hand.</summary>
    private async Task<AuthenticateResult> FromPageAsync()
    {
        var cookie = await Context.AuthenticateAsync(PageCookie.SchemeName);
        if (!PageCookie.IsPage(Context) && cookie.Principal?.Identity is TokenIdentity identity)
            Context.Items[TokenKey] = identity.Token;
        return cookie;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (PageCookie.IsPage(Context) && HttpMethods.IsGet(Request.Method))
        {
            Response.Redirect($"{Request.PathBase.ToUriComponent()}/sign-in?to={Uri.EscapeDataString($"{Request.Path}{Request.QueryString}")}");
            return Task.CompletedTask;
        }
        if (Context.Items.TryGetValue(WaitKey, out var wait))
            return RefuseAsync((TimeSpan)wait!);
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(
            Context,
            new QueryError(
                ErrorCode.Unauthorized, "A valid API token is required.",
                Hint: "Send 'Authorization: Bearer TOKEN'; make one with 'thanosql token create NAME --scope query'."),
            Context.RequestAborted);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.WriteAsync(
        Context,
        new QueryError(
            ErrorCode.PermissionDenied,
            TokenOf(Context) is { IsRestricted: true } token
                ? $"The token '{token.Name}' is restricted to searches and their pictures: it does not allow this."
                : $"The scope of token '{TokenOf(Context).Name}' ('{TokenOf(Context).Scope.Name()}') does not allow this."),
        Context.RequestAborted);

    private Task RefuseAsync(TimeSpan wait)
    {
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problems.WriteAsync(
            Context,
            new QueryError(
                ErrorCode.TooManyLogins, $"Too many logins of this address failed: try again in {seconds} s.",
                Hint: "Check the token with 'thanosql token list'; the limit is Query:Logins."),
            Context.RequestAborted);
    }

    private string? Secret()
    {
        const string bearer = "Bearer ";
        var header = Request.Headers.Authorization.ToString();
        if (header.StartsWith(bearer, StringComparison.OrdinalIgnoreCase))
            return header[bearer.Length..].Trim();
        var inUrl = Context.WebSockets.IsWebSocketRequest || Context.GetEndpoint()?.Metadata.GetMetadata<TokenInUrl>() is not null;
        return inUrl ? Request.Query["api_token"].ToString() : null;
    }
}

/// <summary>
/// One policy per scope; each is met by the scope itself and by every wider one. A restricted token meets none of them: what it may do, an endpoint
/// allows by name.
/// </summary>
public static class Policies
{
    internal const string ScopeClaim = "scope";

    /// <summary>In the place of its scope, what a token with restrictions has.</summary>
    internal const string Restricted = "restricted";

    private static readonly object[] Refusals =
    [
        .. new[]
        {
            StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests,
            StatusCodes.Status503ServiceUnavailable,
        }.Select(status => new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"])),
    ];

    internal static IServiceCollection AddTokenAccess(this IServiceCollection services)
    {
        services.AddSingleton<LoginGuard>().AddSingleton<KnownSecrets>().AddSingleton<TokenLogins>();
        services.AddSingleton<RecentTokens>().AddSingleton<TokenUses>().AddSingleton<TokenWatch>();
        services.AddSingleton<RequestRates>().AddSingleton<RestrictedTokens>();
        services.AddHostedService(provider => provider.GetRequiredService<TokenUses>());
        services.AddHostedService(provider => provider.GetRequiredService<TokenWatch>());
        services.AddPageCookie().AddAuthentication(TokenAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in Enum.GetValues<TokenScope>())
        {
            var enough = Enum.GetValues<TokenScope>().Where(s => s >= scope).Select(s => s.Name());
            authorization.AddPolicy(scope.Name(), policy => policy.RequireClaim(ScopeClaim, enough));
        }
        authorization.AddPolicy(
            Restricted, policy => policy.RequireClaim(ScopeClaim, Enum.GetValues<TokenScope>().Select(s => s.Name()).Append(Restricted)));
        return services;
    }

    /// <summary>For endpoints that keep to a token's restrictions themselves.</summary>
    internal static T RequireAnyToken<T>(this T endpoint)
        where T : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute(Restricted)).WithMetadata(Refusals);

    /// <summary>
    /// Asks for a token of that scope or a wider one; the description of the API says so, and what else any such endpoint may answer.
    /// </summary>
    public static T Require<T>(this T endpoint, TokenScope scope)
        where T : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute(scope.Name())).WithMetadata(Refusals);
}

/// <summary>Marks endpoints whose callers can send no header of their own: the query parameter <c>api_token</c> will do there.</summary>
public sealed class TokenInUrl
{
    internal TokenInUrl()
    {
    }
}

/// <summary>Marks endpoints.</summary>
public static class TokenInUrlExtensions
{
    /// <summary>
    /// Takes <c>?api_token=…</c> as well as the header. Addresses end up in logs: give such a token no more than the scope that it needs.
    /// </summary>
    public static T AllowTokenInUrl<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new TokenInUrl());
}
