using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Configuration;
using ThanoSql.Query.Similarity;

namespace ThanoSql.Query.Access;

/// <summary>
/// Which pages of other origins may read an answer: those that the token names, or where it names none, those of <c>Query:Cors:Origins</c>. A
/// preflight carries no token: it is let through for the origins of both, so that what follows is answered by the token's own.
/// </summary>
internal sealed class CrossOrigin(IConfiguration configuration, TokenCatalog tokens, TimeProvider time) : ICorsPolicyProvider
{
    private static readonly CorsPolicy Nobody = new();

    private readonly CorsPolicy _configured = new CorsPolicyBuilder(configuration.GetSection("Query:Cors:Origins").Get<string[]>() ?? []).Build();
    private readonly Recent<bool, IReadOnlySet<string>> _named = new(
        async (_, cancellationToken) => await tokens.OriginsAsync(cancellationToken), time);

    /// <summary>
    /// Every answer may differ by the page that asks. A browser that kept it for an <c>&lt;img&gt;</c>, which names no origin, must not give it to a
    /// script.
    /// </summary>
    public static Task VaryAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.Vary = "Origin";
        return next(context);
    }

    /// <summary>Lets a page read a picture, whose link and not the request names the token.</summary>
    public static void Allow(HttpContext context, string origin) => context.Response.Headers.AccessControlAllowOrigin = origin;

    public async Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (TokenAuthentication.TryTokenOf(context) is { Restrictions.Origins: { Count: > 0 } own })
            return own.Contains(origin) ? Reading(origin, context.Request.Path) : Nobody;
        if (_configured.AllowAnyOrigin || _configured.IsOriginAllowed(origin))
            return Everything(origin);
        return HttpMethods.IsOptions(context.Request.Method) && (await _named.GetAsync(true, context.RequestAborted))!.Contains(origin)
            ? Reading(origin, context.Request.Path)
            : Nobody;
    }

    // One origin each, or the framework would name Origin in Vary once more
    private static CorsPolicy Everything(string origin) => Exposing(new CorsPolicyBuilder(origin).AllowAnyMethod());

    // A picture that is sent to be compared changes nothing
    private static CorsPolicy Reading(string origin, PathString path) => Exposing(new CorsPolicyBuilder(origin).WithMethods(
        path.Equals(SimilarApi.Address, StringComparison.OrdinalIgnoreCase) ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"]));

    private static CorsPolicy Exposing(CorsPolicyBuilder policy) => policy.AllowAnyHeader()
        .WithExposedHeaders("ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy").SetPreflightMaxAge(TimeSpan.FromMinutes(10)).Build();
}
