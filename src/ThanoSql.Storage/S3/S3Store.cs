using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Minio.DataModel.Args;

namespace ThanoSql.Storage.S3;

/// <summary>
/// Objects on an S3 server. Transient errors are retried with back-off before they are thrown; a body that breaks while it is read is not,
/// since only the reader knows what it has used already. A key is looked for in NFC, then wholly in NFD; the prefix of a listing is taken as
/// it is given.
/// </summary>
public sealed class S3Store(S3StoreOptions options, TimeProvider time) : IObjectStore, IMarkedStore, IDisposable
{
    private readonly S3Connection _connection = new(options, time);

    // A request is signed once, however often it is tried
    private readonly int _signatureSeconds =
        (int)Math.Clamp((options.Timeout + S3Handler.MaxDelay).TotalSeconds * (options.Retries + 1), 900, 604_800);

    public void Dispose() => _connection.Dispose();

    /// <inheritdoc/>
    public Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken) =>
        FindAsync(path, key => GetAsync(path, key, cancellationToken));

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) =>
        FindAsync(path, key => HeadAsync(path, key, cancellationToken));

    /// <inheritdoc/>
    public Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
        WriteAsync(path, content, contentType, replace: true, cancellationToken);

    /// <inheritdoc/>
    public async Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken)
    {
        // First a look: for the other spelling, and for servers that do not know the condition
        if (await StatAsync(path, cancellationToken).ConfigureAwait(false) is not null)
            return null;
        try
        {
            return await WriteAsync(path, content, contentType, replace: false, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreRefusedException taken) when (taken.Code is "PreconditionFailed" or "412")
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        foreach (var key in ObjectPath.Spellings(path.Key))
        {
            if (IsLong(key))
                (await SendAsync(HttpMethod.Delete, Presign(HttpMethod.Delete, path, key), cancellationToken).ConfigureAwait(false)).Dispose();
            else
                await RemoveAsync(path.Bucket, key, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectPage> ListAsync(
        string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BucketName.Check(bucket);
        string? token = null;
        do
        {
            var found = await S3Listing.AskAsync(_connection, bucket, S3Listing.Query(prefix, startAfter, token), cancellationToken)
                .ConfigureAwait(false);
            if (found.Page is { } page)
                yield return page;
            token = found.Next;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken) =>
        _connection.EnsureBucketAsync(bucket, cancellationToken);

    /// <inheritdoc/>
    public async Task<Guid?> ReadMarkerAsync(string bucket, CancellationToken cancellationToken)
    {
        BucketName.Check(bucket);
        try
        {
            await using var answer = await _connection.SendSignedAsync(
                HttpMethod.Get, $"/{bucket}/{BucketMarker.Key}", "", "", "s3", cancellationToken).ConfigureAwait(false);
            var content = new byte[BucketMarker.MaxBytes];
            return BucketMarker.Parse(bucket, content.AsSpan(0, await answer.ReadAtLeastAsync(content, content.Length, false, cancellationToken)
                .ConfigureAwait(false)));
        }
        catch (ObjectMissingException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task WriteMarkerAsync(string bucket, Guid id, CancellationToken cancellationToken)
    {
        BucketName.Check(bucket);
        await using var answer = await _connection.SendSignedAsync(
            HttpMethod.Put, $"/{bucket}/{BucketMarker.Key}", Encoding.UTF8.GetString(BucketMarker.Format(id)), "text/plain", "s3", cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<ObjectInfo> WriteAsync(
        ObjectPath path, Stream content, string? contentType, bool replace, CancellationToken cancellationToken)
    {
        var key = ObjectPath.Spellings(path.Key).First();
        await using var copy = content.CanSeek ? null : await CopyAsync(content, cancellationToken).ConfigureAwait(false);
        var body = copy ?? content;
        var length = body.Length - body.Position;
        var url = IsLong(key) ? Presign(HttpMethod.Put, path, key) : new Uri(await _connection.Client.PresignedPutObjectAsync(
            new PresignedPutObjectArgs().WithBucket(path.Bucket).WithObject(key).WithExpiry(_signatureSeconds)).ConfigureAwait(false));
        // Not disposed, as this would close the caller's stream. It is rewound when it is sent again.
        var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new StreamContent(body) };
        request.Content.Headers.ContentType = new(contentType ?? "application/octet-stream");
        if (!replace)
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        using var response = await _connection.Http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return new ObjectInfo(path, ETagOf(path, response), length, time.GetUtcNow());
    }

    // Not the client's: it asks three times for each object, and the etag and size that it tells are those of another answer than the content.
    private async Task<StoredObject> GetAsync(ObjectPath path, string key, CancellationToken cancellationToken)
    {
        var url = IsLong(key) ? Presign(HttpMethod.Get, path, key) : new Uri(await _connection.Client.PresignedGetObjectAsync(
            new PresignedGetObjectArgs().WithBucket(path.Bucket).WithObject(key).WithExpiry(_signatureSeconds)).ConfigureAwait(false));
        var response = await SendAsync(HttpMethod.Get, url, cancellationToken).ConfigureAwait(false);
        try
        {
            var info = InfoOf(path, response);
            var content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return new StoredObject(info, new AnnouncedLengthStream(content, path, info.Size, options.Timeout, Md5Of(info.ETag, response)));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    // Nor here: the client asks for the bucket first, which takes a second request and the right to list it.
    private async Task<ObjectInfo> HeadAsync(ObjectPath path, string key, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Head, Presign(HttpMethod.Head, path, key), cancellationToken).ConfigureAwait(false);
        return InfoOf(path, response);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Options.Set(S3Handler.Streamed, true);
        return await _connection.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    private static ObjectInfo InfoOf(ObjectPath path, HttpResponseMessage response) => new(
        path,
        ETagOf(path, response),
        response.Content.Headers.ContentLength ?? throw new StoreUnavailableException($"{path}: the store does not tell the size."),
        response.Content.Headers.LastModified ?? DateTimeOffset.UnixEpoch);

    private Task RemoveAsync(string bucket, string key, CancellationToken cancellationToken) =>
        _connection.Client.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(bucket).WithObject(key), cancellationToken);

    private Uri Presign(HttpMethod method, ObjectPath path, string key) => _connection.Presign(method, path.Bucket, key, _signatureSeconds);

    private static bool IsLong(string key) => key.Length > S3Connection.LongestKeyOfClient;

    private static async Task<T?> FindAsync<T>(ObjectPath path, Func<string, Task<T>> ask)
        where T : class
    {
        foreach (var key in ObjectPath.Spellings(path.Key))
        {
            try
            {
                return await ask(key).ConfigureAwait(false);
            }
            catch (ObjectMissingException)
            {
                // Perhaps under the next spelling.
            }
        }
        return null;
    }

    // S3 wants the length first, and a body that is sent again must be there still.
    private static async Task<FileStream> CopyAsync(Stream content, CancellationToken cancellationToken)
    {
        var copy = new FileStream(
            Path.Combine(Path.GetTempPath(), $"thanosql-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1,
            FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        try
        {
            await content.CopyToAsync(copy, cancellationToken).ConfigureAwait(false);
            copy.Position = 0;
            return copy;
        }
        catch
        {
            await copy.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string ETagOf(ObjectPath path, HttpResponseMessage response) => response.Headers.TryGetValues("ETag", out var values)
        ? values.First().Trim('"')
        : throw new StoreUnavailableException($"{path}: the store's answer has no etag.");

    // The etag is the content's MD5 unless the object came in parts or is encrypted with a key of its own.
    private static string? Md5Of(string etag, HttpResponseMessage response)
    {
        var isKeyed = response.Headers.TryGetValues("x-amz-server-side-encryption", out var ways)
            && ways.First().StartsWith("aws:kms", StringComparison.Ordinal);
        isKeyed |= response.Headers.Contains("x-amz-server-side-encryption-customer-algorithm");
        return !isKeyed && etag.Length == 32 && etag.All(char.IsAsciiHexDigit) ? etag : null;
    }
}
