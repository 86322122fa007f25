using System.IO.Compression;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Sdk.Search;

/// <summary>Pictures as a zip file, on its way while they are read. What is gone, or is no picture, is left out.</summary>
internal sealed class PictureZip(IObjectStore store, Uploads uploads, IOptions<SqlOptions> sql)
{
    private const long MostBytes = 256_000_000; // of all pictures; the best come first
    private const int Framing = 262_144; // bytes; more than the archive writes between two flushes, which it does without await

    /// <param name="response">Nothing of which was sent.</param>
    /// <param name="paths">As rows spell them, best first.</param>
    /// <param name="cancellationToken">Leaves the file cut off.</param>
    public async Task SendAsync(HttpResponse response, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        response.ContentType = "application/zip";
        response.Headers.ContentDisposition = SdkAttachment.Named("search.zip");
        await using var buffered = new BufferedStream(response.Body, Framing);
        await using var zip = await ZipArchive.CreateAsync(buffered, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancellationToken);
        var (sent, left) = (new HashSet<string>(), MostBytes);
        foreach (var text in paths)
        {
            if (!StorePath.TryParse(text, sql.Value.Workspace, out var path)
                || await ReadAsync(path, cancellationToken) is not { } picture || !sent.Add(path.Key))
            {
                continue;
            }
            if ((left -= picture.Length) < 0)
                break;
            // Pictures are compressed already. A key has no '..' and does not begin with a slash.
            await using (var entry = await zip.CreateEntry(path.Key, CompressionLevel.NoCompression).OpenAsync(cancellationToken))
                await entry.WriteAsync(picture, cancellationToken);
            await buffered.FlushAsync(cancellationToken);
        }
    }

    private async Task<byte[]?> ReadAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = await store.OpenReadAsync(path, cancellationToken);
            if (file is null || file.Info.Size > uploads.Most)
                return null;
            var bytes = await file.ReadAllAsync(uploads.Most, cancellationToken);
            ImageSignature.Recognise(bytes);
            return bytes;
        }
        catch (Exception passed) when (passed is ImageRejectedException or StoreRefusedException or BucketNotFoundException)
        {
            return null;
        }
    }
}
