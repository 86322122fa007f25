namespace ThanoSql.Web.Shell;

/// <summary>What a browser may do with the page.</summary>
internal static class PageHeaders
{
    /// <summary>
    /// Scripts, pictures and requests of this service alone; no inline script. Style attributes are allowed, since components place menus by them;
    /// style elements are not.
    /// </summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src-elem 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
        + "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static void Set(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers["Referrer-Policy"] = "same-origin"; // an address holds what was searched for
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-cache, no-store"; // as antiforgery wants it
    }
}
