using System.Net;
using System.Xml;
using System.Xml.Linq;

namespace ThanoSql.Storage.S3;

/// <summary>One answer to ListObjectsV2, asked for by a signed request of our own: the client can list from the beginning only.</summary>
/// <param name="Page">Null when it names no key. Folder markers of web consoles (keys that end with a slash) are left out.</param>
/// <param name="Next">The token of the next page; null after the last.</param>
internal sealed record S3Listing(ObjectPage? Page, string? Next)
{
    public static async Task<S3Listing> AskAsync(S3Connection connection, string bucket, string query, CancellationToken cancellationToken)
    {
        await using var answer = await connection.SendSignedAsync(HttpMethod.Get, $"/{bucket}?{query}", "", "", "s3", cancellationToken)
            .ConfigureAwait(false);
        try
        {
            return Read(bucket, (await XDocument.LoadAsync(answer, LoadOptions.None, cancellationToken).ConfigureAwait(false)).Root!);
        }
        catch (Exception exception) when (exception is XmlException or FormatException)
        {
            throw new StoreUnavailableException($"s3://{bucket}: the store's answer is no listing: {exception.Message}", exception);
        }
    }

    /// <param name="prefix">Only keys that begin with it.</param>
    /// <param name="startAfter">The key after which to begin; null for the beginning.</param>
    /// <param name="token">The token of the page before; null for the first.</param>
    public static string Query(string prefix, string? startAfter, string? token)
    {
        var query = $"encoding-type=url&list-type=2&max-keys=1000&prefix={Uri.EscapeDataString(prefix)}";
        if (startAfter is not null)
            query += $"&start-after={Uri.EscapeDataString(startAfter)}";
        return token is null ? query : $"{query}&continuation-token={Uri.EscapeDataString(token)}";
    }

    private static S3Listing Read(string bucket, XElement root)
    {
        if (root.Name.LocalName != "ListBucketResult")
            throw new FormatException($"it is a {root.Name.LocalName}.");
        var objects = new List<ObjectInfo>();
        var (unusable, respelled) = (new List<string>(), new List<string>());
        string? last = null;
        foreach (var entry in root.Elements().Where(element => element.Name.LocalName == "Contents"))
        {
            last = Decode(Text(entry, "Key") ?? throw new FormatException("an entry has no key."));
            if (last.EndsWith('/') || last == BucketMarker.Key)
                continue;
            if (!ObjectPath.TryCreate(bucket, last, out var path))
            {
                unusable.Add(last);
                continue;
            }
            objects.Add(ToInfo(path, entry));
            if (path.Key != last)
                respelled.Add(path.Key);
        }
        return new S3Listing(
            last is null ? null : new ObjectPage(objects, last, unusable) { Respelled = respelled },
            Text(root, "IsTruncated") == "true" ? Text(root, "NextContinuationToken") : null);

        // Asked for, since XML has no way to write control characters.
        string Decode(string key) => Text(root, "EncodingType") == "url" ? WebUtility.UrlDecode(key) : key;
    }

    private static ObjectInfo ToInfo(ObjectPath path, XElement entry) => new(
        path,
        Text(entry, "ETag")?.Trim('"') ?? throw new FormatException($"{path} has no etag."),
        long.Parse(Text(entry, "Size") ?? "", CultureInfo.InvariantCulture),
        DateTimeOffset.Parse(Text(entry, "LastModified") ?? "", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));

    private static string? Text(XElement parent, string name) =>
        parent.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
}
