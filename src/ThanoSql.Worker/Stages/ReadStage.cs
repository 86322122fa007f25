using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Images;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Worker.Stages;

/// <summary>Reads an object as it is now, and finds out what is still to be made of it. An object that has not changed is not read.</summary>
internal sealed partial class ReadStage(
    IObjectStore store, NpgsqlDataSource database, ServingMap serving, EmbeddingSpaces trunks, IndexingTelemetry telemetry,
    IOptions<IndexingOptions> options,
    ILogger<ReadStage> logger)
{
    public async Task RunAsync(Work work, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        using var stage = work.Stage("read");
        try
        {
            await LookAsync(work, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Fail(work, error);
        }
        telemetry.Stage("read", since);
    }

    private async Task LookAsync(Work work, CancellationToken cancellationToken)
    {
        var image = work.Image;
        if (image.Crashes >= options.Value.Crashes)
        {
            work.Fail(FailureKind.Poison, $"crash: {image.Crashes} processes died while they looked at it. Replace the picture.");
            return;
        }
        var path = new ObjectPath(image.Bucket, image.Key);
        var wanted = await serving.TrunksAsync(image.ImageId, image.Bucket, image.Key, cancellationToken);
        if (await IsSettledByNameAsync(work, path, wanted, cancellationToken))
            return;

        await using var found = await store.OpenReadAsync(path, cancellationToken);
        if (found is null)
        {
            work.Result = new ImageResult.Gone(image);
            return;
        }
        work.Info = found.Info;
        work.Bytes = await found.ReadAllAsync(options.Value.MaxBytes, cancellationToken);
        work.Hash = SHA256.HashData(work.Bytes);
        var known = await ContentLedger.LookUpAsync(database, [work.Hash], cancellationToken);
        work.Missing = await SpacesAsync(wanted.Except(known.Values.SingleOrDefault()?.Trunks ?? []), cancellationToken);
        if (work.Missing.Count == 0)
            work.Bytes = null;
    }

    /// <summary>Whether etag and size are enough: nothing wants its embedding, or it has not changed and all embeddings are there.</summary>
    private async Task<bool> IsSettledByNameAsync(Work work, ObjectPath path, IReadOnlyList<int> wanted, CancellationToken cancellationToken)
    {
        var image = work.Image;
        if (wanted.Count > 0)
        {
            if (image.ContentId is not { } content)
                return false;
            var there = await ContentLedger.TrunksOfAsync(database, [content], cancellationToken);
            if (wanted.Except(there.GetValueOrDefault(content, [])).Any())
                return false;
        }
        var info = await store.StatAsync(path, cancellationToken);
        var unchanged = info is not null && (info.ETag, info.Size) == (image.ETag, image.Size);
        if (info is not null && wanted.Count > 0 && !unchanged)
            return false;
        work.Result = info is null ? new ImageResult.Gone(image) : new ImageResult.Indexed(
            image, info.ETag, info.Size, unchanged ? image.ContentId : null);
        return true;
    }

    private async Task<IReadOnlyList<EmbeddingSpace>> SpacesAsync(IEnumerable<int> missing, CancellationToken cancellationToken)
    {
        var spaces = new List<EmbeddingSpace>();
        foreach (var trunk in missing)
            spaces.Add(await trunks.OpenAsync(trunk, cancellationToken));
        return spaces;
    }

    private void Fail(Work work, Exception error)
    {
        work.Bytes = null;
        switch (error)
        {
            case InvalidPathException:
                work.Fail(FailureKind.Poison, $"path: {error.Message}");
                break;
            case StoreRefusedException:
                work.Fail(FailureKind.Poison, $"store: {error.Message}");
                break;
            case StoreException or TrunkException or NpgsqlException or IOException:
                work.Fail(FailureKind.Transient, $"{Origin(error)}: {error.Message}");
                break;
            default:
                LogUnexpected(error, work.Image.Bucket, work.Image.Key);
                work.Fail(FailureKind.Transient, $"unexpected: {error.Message}");
                break;
        }
    }

    private static string Origin(Exception error) => error switch { TrunkException => "trunk", NpgsqlException => "database", _ => "store" };

    [LoggerMessage(Level = LogLevel.Error, Message = "s3://{Bucket}/{Key} could not be read")]
    private partial void LogUnexpected(Exception error, string bucket, string key);
}
