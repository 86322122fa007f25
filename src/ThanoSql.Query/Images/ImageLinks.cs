namespace ThanoSql.Query.Images;

/// <summary>
/// Links that an <c>&lt;img&gt;</c> can use without a token: <c>/images/{path}?v=&amp;width=&amp;for=&amp;expires=&amp;signature=</c>. <c>v</c>
/// changes when the picture is replaced; <c>for</c> is the number of the token that asked, and the link ends with it.
/// </summary>
internal sealed class ImageLinks(
    LinkSigner signer, RecentTokens tokens, PictureVersions versions, IOptions<ImageOptions> options, IOptions<SqlOptions> sql, TimeProvider time)
{
    private const string Purpose = "image";
    private const long Hour = 3600;
    private const long Slack = 300; // seconds that the clocks of the database and of this machine may differ by

    private readonly RecentLinks _recent = new();
    private PageLinks? _last;

    private string Workspace => sql.Value.Workspace;

    /// <param name="path">Of a picture.</param>
    /// <param name="width">Pixels, 16 to 2048.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Stops a look at keys and versions.</param>
    /// <returns>The address without scheme and host, and when it ends.</returns>
    public async ValueTask<(string Url, DateTimeOffset Expires)> CreateAsync(
        ObjectPath path, int width, Caller caller, CancellationToken cancellationToken)
    {
        var links = await ForAsync(width, caller, cancellationToken);
        return (Encoding.UTF8.GetString(links.Of(path)), links.Expires);
    }

    /// <summary>The links of a page of pictures.</summary>
    public async ValueTask<PageLinks> ForAsync(int width, Caller caller, CancellationToken cancellationToken)
    {
        var hour = time.GetUtcNow().ToUnixTimeSeconds() / Hour;
        var of = new LinkTraits(width, caller.Token.Id, (hour + options.Value.LinkHours + 1) * Hour, caller.Base);
        var key = await signer.KeyAsync(cancellationToken);
        await versions.LookAsync(cancellationToken);
        return _last is { } last && last.AreOf(of, key)
            ? last
            : _last = new PageLinks(key, Workspace, of, new LinkMemory(_recent, versions, (hour * Hour - Slack) * 1000));
    }

    /// <summary>Links for a chosen time, which stay as they are whatever becomes of their pictures.</summary>
    public async ValueTask<PageLinks> ForAsync(LinkTraits traits, CancellationToken cancellationToken) =>
        new(await signer.KeyAsync(cancellationToken), Workspace, traits, null);

    /// <summary>The token that asked for a link, if we made it for just this, it has not ended, and the token may still see the picture.</summary>
    public async ValueTask<ApiToken?> TokenOfAsync(ObjectPath path, SignedLink link, CancellationToken cancellationToken) =>
        time.GetUtcNow().ToUnixTimeSeconds() < link.Expires
        && await signer.IsValidAsync(PurposeOf(link.Version), Text(path, link.Width, link.Token, link.Expires), link.Signature, cancellationToken)
        && await tokens.FindAsync(link.Token, cancellationToken) is { } token
        && token.Restrictions.Covers(path, Workspace) ? token : null;

    /// <summary>The first line of what is signed. No link of the release before had a version.</summary>
    public static string PurposeOf(long? version) =>
        version is null or 0 ? Purpose : string.Create(CultureInfo.InvariantCulture, $"{Purpose} {version}");

    // What PageLinks signs
    private static string Text(ObjectPath path, int width, int token, long expires) =>
        string.Create(CultureInfo.InvariantCulture, $"{path.Bucket}\n{path.Key}\n{width}\n{token}\n{expires}");
}

/// <summary>What a link says of itself.</summary>
/// <param name="Version">Null for a link that stays as it is whatever becomes of the picture.</param>
/// <param name="Token">The number of the token that asked for it.</param>
/// <param name="Expires">Unix time, in seconds.</param>
internal sealed record SignedLink(long? Version, int Width, int Token, long Expires, string Signature);
