using Microsoft.AspNetCore.Authorization;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Access;

/// <summary>
/// Holds restricted tokens to their pages and their rate, and tells of the rate in the <c>RateLimit</c> fields (IETF httpapi, draft 10). Where such a
/// token gets at all, an endpoint says (<see cref="Policies.RequireAnyToken"/>).
/// </summary>
internal sealed class RestrictedTokens(RequestRates rates) : IMiddleware
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (TokenAuthentication.TryTokenOf(context) is not { IsRestricted: true } token
            || context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is null)
        {
            return next(context);
        }
        if (token.Restrictions.Origins is { Count: > 0 } origins)
            CheckPage(token, origins, PageOf(context.Request));
        return token.Restrictions.PerMinute is { } most && !IsWithin(context, rates.Count(token.Id, most), most)
            ? RefuseAsync(context, token, most)
            : next(context);
    }

    /// <exception cref="QueryException">The token names other origins.</exception>
    public static void CheckPage(ApiToken token, IReadOnlyList<string> origins, string? page)
    {
        if (page is not null && origins.Contains(page))
            return;
        throw new QueryException(
            ErrorCode.PermissionDenied,
            $"The token '{token.Name}' is for pages of {string.Join(", ", origins)}, "
            + (page is null ? "and the request does not say which page it comes from." : $"not of {page}."),
            hint: "Browsers say it by themselves, in Origin or Referer. Elsewhere, use a token without --origin.");
    }

    private static bool IsWithin(HttpContext context, RateState now, int most)
    {
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"minute\";q={most};w={RequestRates.Seconds}");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"minute\";r={now.Left};t={now.Seconds}");
        if (now.IsOver)
            headers.RetryAfter = now.Seconds.ToString(CultureInfo.InvariantCulture);
        return !now.IsOver;
    }

    private static Task RefuseAsync(HttpContext context, ApiToken token, int most) => Problems.WriteAsync(
        context,
        new QueryError(
            ErrorCode.RateLimited, $"The token '{token.Name}' has asked {most} times within a minute.",
            Hint: $"Ask again in {context.Response.Headers.RetryAfter} s, and at an even pace."),
        context.RequestAborted);

    // A page of the service's own origin sends no Origin with a GET
    private static string? PageOf(HttpRequest request)
    {
        if (request.Headers.Origin.ToString() is { Length: > 0 } origin)
            return origin;
        return Uri.TryCreate(request.Headers.Referer.ToString(), UriKind.Absolute, out var page) ? page.GetLeftPart(UriPartial.Authority) : null;
    }
}
