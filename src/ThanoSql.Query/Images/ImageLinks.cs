namespace ThanoSql.Query.Images;

/// <summary>
/// Links that an <c>&lt;img&gt;</c> can use without a token: <c>/images/{path}?width=&amp;for=&amp;expires=&amp;signature=</c>. <c>for</c> is the
/// number of the token that asked for it; the link ends with that token.
/// </summary>
internal sealed class ImageLinks(
    LinkSigner signer, TokenWatch tokens, IOptions<ImageOptions> options, IOptions<SqlOptions> sql, TimeProvider time)
{
    internal const string Purpose = "image";
    private const long Hour = 3600;

    private readonly RecentLinks _recent = new();
    private PageLinks? _last;

    /// <param name="path">Of a picture.</param>
    /// <param name="width">Pixels, 16 to 2048.</param>
    /// <param name="token">Who asks.</param>
    /// <param name="cancellationToken">Stops the first look at the key.</param>
    /// <returns>The address without host, and when it ends.</returns>
    public async ValueTask<(string Url, DateTimeOffset Expires)> CreateAsync(
        ObjectPath path, int width, ApiToken token, CancellationToken cancellationToken)
    {
        var links = await ForAsync(width, token, cancellationToken);
        return (Encoding.UTF8.GetString(links.Of(path)), links.Expires);
    }

    /// <summary>The links of a page of pictures.</summary>
    public async ValueTask<PageLinks> ForAsync(int width, ApiToken token, CancellationToken cancellationToken)
    {
        var expires = (time.GetUtcNow().ToUnixTimeSeconds() / Hour + options.Value.LinkHours + 1) * Hour;
        var of = new LinkTraits(width, token.Id, expires);
        if (_last is { } last && last.Traits == of)
            return last;
        return _last = new PageLinks(await signer.KeyAsync(cancellationToken), sql.Value.Workspace, of, _recent);
    }

    /// <summary>Whether the link was made by us for just this, has not ended, and the token that asked for it is still in force.</summary>
    public async ValueTask<bool> IsValidAsync(ObjectPath path, SignedLink link, CancellationToken cancellationToken) =>
        time.GetUtcNow().ToUnixTimeSeconds() < link.Expires
        && await signer.IsValidAsync(Purpose, Text(path, link.Width, link.Token, link.Expires), link.Signature, cancellationToken)
        && await tokens.IsInForceAsync(link.Token, cancellationToken);

    // What PageLinks signs
    private static string Text(ObjectPath path, int width, int token, long expires) =>
        string.Create(CultureInfo.InvariantCulture, $"{path.Bucket}\n{path.Key}\n{width}\n{token}\n{expires}");
}

/// <summary>What a link says of itself.</summary>
/// <param name="Token">The number of the token that asked for it.</param>
/// <param name="Expires">Unix time, in seconds.</param>
internal sealed record SignedLink(int Width, int Token, long Expires, string Signature);
