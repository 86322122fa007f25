using System.Buffers.Text;
using System.Security.Cryptography;

namespace ThanoSql.Query.Images;

/// <summary>
/// Links that an <c>&lt;img&gt;</c> can use without a token: <c>/images/{path}?width=&amp;for=&amp;expires=&amp;signature=</c>. <c>for</c> is the
/// number of the token that asked for it; the link ends with that token.
/// </summary>
internal sealed class ImageLinks(
    LinkSigner signer, TokenWatch tokens, IOptions<ImageOptions> options, IOptions<SqlOptions> sql, TimeProvider time)
{
    private const string Purpose = "image";
    private const long Hour = 3600;

    /// <param name="path">Of a picture.</param>
    /// <param name="width">Pixels, 16 to 2048.</param>
    /// <param name="token">Who asks.</param>
    /// <param name="cancellationToken">Stops the first look at the key.</param>
    /// <returns>The address without host, and when it ends.</returns>
    public async ValueTask<(string Url, DateTimeOffset Expires)> CreateAsync(
        ObjectPath path, int width, ApiToken token, CancellationToken cancellationToken)
    {
        var expires = (time.GetUtcNow().ToUnixTimeSeconds() / Hour + options.Value.LinkHours + 1) * Hour;
        var signature = await signer.SignAsync(Purpose, Text(path, width, token.Id, expires), cancellationToken);
        var segments = string.Join('/', path.Key.Split('/').Select(Uri.EscapeDataString));
        var bucket = path.Bucket == sql.Value.Workspace ? "" : $"bucket={Uri.EscapeDataString(path.Bucket)}&";
        var url = string.Create(
            CultureInfo.InvariantCulture, $"/images/{segments}?{bucket}width={width}&for={token.Id}&expires={expires}&signature={signature}");
        return (url, DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>Whether the link was made by us for just this, has not ended, and the token that asked for it is still in force.</summary>
    public async ValueTask<bool> IsValidAsync(ObjectPath path, SignedLink link, CancellationToken cancellationToken) =>
        time.GetUtcNow().ToUnixTimeSeconds() < link.Expires
        && await signer.IsValidAsync(Purpose, Text(path, link.Width, link.Token, link.Expires), link.Signature, cancellationToken)
        && await tokens.IsInForceAsync(link.Token, cancellationToken);

    private static string Text(ObjectPath path, int width, int token, long expires) =>
        string.Create(CultureInfo.InvariantCulture, $"{path.Bucket}\n{path.Key}\n{width}\n{token}\n{expires}");
}

/// <summary>What a link says of itself.</summary>
/// <param name="Token">The number of the token that asked for it.</param>
/// <param name="Expires">Unix time, in seconds.</param>
internal sealed record SignedLink(int Width, int Token, long Expires, string Signature);

/// <summary>
/// Signs what clients carry back to us: image links and page cursors (HMAC-SHA256). All query processes of an installation share the key.
/// </summary>
public sealed class LinkSigner(SettingCatalog settings)
{
    private byte[]? _key;

    /// <param name="purpose">A signature for one purpose is worth nothing for another.</param>
    /// <param name="text">What is signed.</param>
    /// <param name="cancellationToken">Stops the first look at the key.</param>
    /// <returns>43 characters that fit into an address.</returns>
    public async ValueTask<string> SignAsync(string purpose, string text, CancellationToken cancellationToken)
    {
        _key ??= Convert.FromHexString(await settings.SecretAsync("link_signing_key", cancellationToken));
        return Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{purpose}\n{text}")));
    }

    public async ValueTask<bool> IsValidAsync(string purpose, string text, string signature, CancellationToken cancellationToken)
    {
        var right = await SignAsync(purpose, text, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(right), Encoding.UTF8.GetBytes(signature));
    }
}
