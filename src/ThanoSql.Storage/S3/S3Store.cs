using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Polly;

namespace ThanoSql.Storage.S3;

/// <summary>
/// Objects on an S3 server. Transient errors are retried with back-off before they are thrown; a body that breaks while it is read is not,
/// since only the reader knows what it has used already. A key is looked for in NFC, then wholly in NFD; the prefix of a listing is taken as
/// it is given.
/// </summary>
public sealed class S3Store : IObjectStore, IDisposable
{
    private const int PageSize = 1000;

    private readonly S3StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly AmazonS3Client _client;
    private readonly ResiliencePipeline _pipeline;

    public S3Store(S3StoreOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _client = S3ClientFactory.Create(options);
        _pipeline = StorePipeline.Create(options, time);
    }

    public void Dispose() => _client.Dispose();

    /// <inheritdoc/>
    public Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken) =>
        FindAsync(path, (key, token) => GetAsync(path, key, token), cancellationToken);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) =>
        FindAsync(path, (key, token) => HeadAsync(path, key, token), cancellationToken);

    /// <inheritdoc/>
    public async Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken)
    {
        await using var body = await RewindableBody.FromAsync(content, cancellationToken).ConfigureAwait(false);
        var response = await CallAsync(path.ToString(), path.Bucket, token => PutAsync(path, body, contentType, token), cancellationToken)
            .ConfigureAwait(false);
        return new ObjectInfo(path, Unquote(response.ETag), body.Length, _time.GetUtcNow());
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        foreach (var key in KeySpellings.Of(path.Key))
        {
            var request = new DeleteObjectRequest { BucketName = path.Bucket, Key = key };
            await CallAsync(path.ToString(), path.Bucket, token => _client.DeleteObjectAsync(request, token), cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectPage> ListAsync(
        string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BucketName.Check(bucket);
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = prefix, StartAfter = startAfter, MaxKeys = PageSize };
        ListObjectsV2Response response;
        do
        {
            response = await CallAsync($"s3://{bucket}", bucket, token => _client.ListObjectsV2Async(request, token), cancellationToken)
                .ConfigureAwait(false);
            if (response.S3Objects is { Count: > 0 } found)
                yield return S3Listing.ToPage(bucket, found);
            request.ContinuationToken = response.NextContinuationToken;
        }
        while (response.IsTruncated == true);
    }

    /// <inheritdoc/>
    public async Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        BucketName.Check(bucket);
        var request = new PutBucketRequest { BucketName = bucket, UseClientRegion = string.IsNullOrEmpty(_options.Endpoint) };
        try
        {
            await CallAsync($"s3://{bucket}", bucket, token => _client.PutBucketAsync(request, token), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreRefusedException exception) when (exception.InnerException is AmazonS3Exception { ErrorCode: "BucketAlreadyOwnedByYou" })
        {
            // This is what was asked for.
        }
    }

    private async Task<StoredObject> GetAsync(ObjectPath path, string key, CancellationToken cancellationToken)
    {
        var response = await _client.GetObjectAsync(new GetObjectRequest { BucketName = path.Bucket, Key = key }, cancellationToken)
            .ConfigureAwait(false);
        var info = new ObjectInfo(path, Unquote(response.ETag), response.ContentLength, ToOffset(response.LastModified));
        return new StoredObject(info, new AnnouncedLengthStream(response.ResponseStream, path, info.Size, _options.Timeout));
    }

    private async Task<ObjectInfo> HeadAsync(ObjectPath path, string key, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = path.Bucket, Key = key };
        var response = await _client.GetObjectMetadataAsync(request, cancellationToken).ConfigureAwait(false);
        return new ObjectInfo(path, Unquote(response.ETag), response.ContentLength, ToOffset(response.LastModified));
    }

    private Task<PutObjectResponse> PutAsync(ObjectPath path, RewindableBody body, string? contentType, CancellationToken cancellationToken) =>
        _client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = path.Bucket,
                Key = path.Key,
                InputStream = body.Rewind(),
                AutoCloseStream = false,
                AutoResetStreamPosition = false,
                UseChunkEncoding = false,
                ContentType = contentType,
            },
            cancellationToken);

    private async Task<T?> FindAsync<T>(ObjectPath path, Func<string, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
        where T : class
    {
        foreach (var key in KeySpellings.Of(path.Key))
        {
            var found = await CallAsync(path.ToString(), path.Bucket, token => NullIfMissingAsync(() => ask(key, token)), cancellationToken)
                .ConfigureAwait(false);
            if (found is not null)
                return found;
        }
        return null;
    }

    private static async Task<T?> NullIfMissingAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (S3Errors.IsMissingObject(exception))
        {
            return null;
        }
    }

    private async Task<T> CallAsync<T>(string target, string bucket, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(
            async token =>
            {
                try
                {
                    return await call(token).ConfigureAwait(false);
                }
                catch (Exception exception) when (S3Errors.Translate(target, bucket, exception, token) is { } translated)
                {
                    throw translated;
                }
            },
            cancellationToken).ConfigureAwait(false);

    private static string Unquote(string etag) => etag.Trim('"');

    private static DateTimeOffset ToOffset(DateTime? time) =>
        time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : DateTimeOffset.UnixEpoch;
}
