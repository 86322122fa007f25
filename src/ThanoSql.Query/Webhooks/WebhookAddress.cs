using System.Net;

namespace ThanoSql.Query.Webhooks;

/// <summary>Addresses of receivers, as somebody writes them.</summary>
public static class WebhookAddress
{
    private const int MaxLength = 2000;

    /// <exception cref="QueryException">It is no address that may be called; the message says why.</exception>
    public static Uri Parse(string? text, WebhookOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (text is not { Length: <= MaxLength } || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw Wrong(text, $"is no address of a receiver, which reads like https://shop.example/hooks, with {MaxLength} characters at most");
        if (url.Scheme == "http" && !options.AllowHttp)
            throw Wrong(text, "has no TLS; use https, or allow http with Webhooks:AllowHttp");
        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            throw Wrong(text, "has a user name or a fragment; a call's signature says who calls");
        // A name is looked up, and its addresses are checked, at each call
        if (!options.AllowPrivate && IPAddress.TryParse(url.IdnHost, out var address) && !PublicAddress.Is(address))
            throw Wrong(text, "is not on the public internet; allow such addresses with Webhooks:AllowPrivate");
        return url;
    }

    private static QueryException Wrong(string? text, string why) =>
        new(ErrorCode.BadRequest, $"'{(text?.Length > 200 ? text[..200] + "…" : text)}' {why}.");
}
