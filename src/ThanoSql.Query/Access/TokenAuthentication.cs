using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;
using ThanoSql.Query.Errors;

namespace ThanoSql.Query.Access;

/// <summary>
/// API tokens: <c>Authorization: Bearer …</c>, and where the caller can set no header (websockets of browsers and notebooks, endpoints with
/// <see cref="TokenInUrl"/>) the query parameter <c>api_token</c>.
/// </summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, TokenCatalog tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiToken";

    private static readonly object TokenKey = new();

    /// <summary>The token of an authorised request.</summary>
    public static ApiToken TokenOf(HttpContext context) => (ApiToken)context.Items[TokenKey]!;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Secret() is not { Length: > 0 } secret)
            return AuthenticateResult.NoResult();
        if (await tokens.AuthenticateAsync(secret, Context.RequestAborted) is not { } token)
            return AuthenticateResult.Fail("The API token is unknown, expired or revoked.");
        Context.Items[TokenKey] = token;
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, token.Name), new Claim(Policies.ScopeClaim, token.Scope.Name())], Scheme.Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
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
            $"The scope of token '{TokenOf(Context).Name}' ('{TokenOf(Context).Scope.Name()}') does not allow this."),
        Context.RequestAborted);

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
