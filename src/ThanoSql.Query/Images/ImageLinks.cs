using System.Globalization;
using Microsoft.Extensions.Options;
using ThanoSql.Planning;
using ThanoSql.Query.Access;
using ThanoSql.Storage;

namespace ThanoSql.Query.Images;

/// <summary>Links that an <c>&lt;img&gt;</c> can use without a token: <c>/images/{path}?width=&amp;expires=&amp;signature=</c>.</summary>
public sealed class ImageLinks(LinkSigner signer, IOptions<ImageOptions> options, IOptions<SqlOptions> sql, TimeProvider time)
{
    private const string Purpose = "image";
    private const long Hour = 3600;

    /// <param name="path">Of a picture.</param>
    /// <param name="width">Pixels, 16 to 2048.</param>
    /// <param name="cancellationToken">Stops the first look at the key.</param>
    /// <returns>The address without host, and when it ends.</returns>
    public async ValueTask<(string Url, DateTimeOffset Expires)> CreateAsync(ObjectPath path, int width, CancellationToken cancellationToken)
    {
        var expires = (time.GetUtcNow().ToUnixTimeSeconds() / Hour + options.Value.LinkHours + 1) * Hour;
        var signature = await signer.SignAsync(Purpose, Text(path, width, expires), cancellationToken);
        var segments = string.Join('/', path.Key.Split('/').Select(Uri.EscapeDataString));
        var bucket = path.Bucket == sql.Value.Workspace ? "" : $"bucket={Uri.EscapeDataString(path.Bucket)}&";
        var url = string.Create(CultureInfo.InvariantCulture, $"/images/{segments}?{bucket}width={width}&expires={expires}&signature={signature}");
        return (url, DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>Whether the link was made by us for just this and has not ended.</summary>
    public async ValueTask<bool> IsValidAsync(ObjectPath path, int width, long expires, string signature, CancellationToken cancellationToken) =>
        time.GetUtcNow().ToUnixTimeSeconds() < expires && await signer.IsValidAsync(
            Purpose, Text(path, width, expires), signature, cancellationToken);

    private static string Text(ObjectPath path, int width, long expires) =>
        string.Create(CultureInfo.InvariantCulture, $"{path.Bucket}\n{path.Key}\n{width}\n{expires}");
}
