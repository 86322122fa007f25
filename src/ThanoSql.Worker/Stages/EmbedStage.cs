using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Images;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Worker.Stages;

/// <summary>Decodes and embeds; one call uses one core.</summary>
internal sealed partial class EmbedStage(IndexingTelemetry telemetry, ILogger<EmbedStage> logger)
{
    public void Run(Work work)
    {
        if (work.Missing.Count == 0 || work.Result is not null)
            return;
        var since = Stopwatch.GetTimestamp();
        using var stage = work.Stage("embed");
        try
        {
            foreach (var space in work.Missing)
                work.Vectors.Add((space.TrunkId, MemoryMarshal.AsBytes(space.Embedder.Embed(work.Bytes!).AsSpan()).ToArray()));
        }
        catch (ImageRejectedException rejected)
        {
            work.Fail(FailureKind.Poison, $"{rejected.Code}: {rejected.Message}");
        }
        catch (Exception error)
        {
            LogUnexpected(error, work.Image.Bucket, work.Image.Key);
            work.Fail(FailureKind.Transient, $"inference: {error.Message}");
        }
        work.Bytes = null;
        telemetry.Stage("embed", since);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "s3://{Bucket}/{Key} could not be embedded")]
    private partial void LogUnexpected(Exception error, string bucket, string key);
}
