namespace ThanoSql.Query.Access;

/// <summary>Who asks, and under which path they know the service.</summary>
/// <param name="Token">Of the request.</param>
/// <param name="Base">Empty, or as <c>/index</c>: what proxies put before our addresses.</param>
internal readonly record struct Caller(ApiToken Token, string Base)
{
    public static Caller Of(HttpContext context) => new(TokenAuthentication.TokenOf(context), context.Request.PathBase.ToUriComponent());
}
