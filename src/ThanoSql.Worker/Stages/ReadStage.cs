using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Worker.Stages;

/// <summary>Reads an object as it is now, and finds out what is still to be made of it. An object that has not changed is not read.</summary>
internal sealed partial class ReadStage(
    ImageReader reader, ServingMap serving, IndexingTelemetry telemetry, IOptions<IndexingOptions> options, ILogger<ReadStage> logger)
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
        var wanted = await serving.TrunksAsync(image, cancellationToken);
        if (await IsSettledByNameAsync(work, path, wanted, cancellationToken))
            return;
        work.Look = await reader.ReadAsync(path, wanted.All, views: 1, refusedETag: null, cancellationToken);
        work.Conclude();
    }

    /// <summary>Whether etag and size are enough: nothing wants its embedding, or it has not changed and all embeddings are there.</summary>
    private async Task<bool> IsSettledByNameAsync(Work work, ObjectPath path, WantedTrunks wanted, CancellationToken cancellationToken)
    {
        if (wanted.Missing.Count > 0)
            return false;
        var image = work.Image;
        var info = await reader.StatAsync(path, cancellationToken);
        var unchanged = info is not null && (info.ETag, info.Size) == (image.ETag, image.Size);
        if (info is not null && wanted.All.Count > 0 && !unchanged)
            return false;
        work.Result = info is null
            ? new ImageResult.Gone(image)
            : new ImageResult.Indexed(image, info.ETag, info.Size, unchanged ? image.ContentId : null);
        return true;
    }

    /// <summary>Failures of the image or the store have kinds of their own; any other is transient.</summary>
    private void Fail(Work work, Exception error)
    {
        if (ImageFailure.Of(error) is { } failure)
        {
            work.Fail(failure.Kind, failure.Reason);
            return;
        }
        var origin = error switch { TrunkException => "trunk", NpgsqlException => "database", _ => "unexpected" };
        if (origin == "unexpected")
            LogUnexpected(error, work.Image.Bucket, work.Image.Key);
        work.Fail(FailureKind.Transient, $"{origin}: {error.Message}");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "s3://{Bucket}/{Key} could not be read")]
    private partial void LogUnexpected(Exception error, string bucket, string key);
}
