using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Worker.Stages;

/// <summary>Decodes and embeds; one call uses one core.</summary>
internal sealed partial class EmbedStage(IndexingTelemetry telemetry, ILogger<EmbedStage> logger)
{
    public void Run(Work work)
    {
        if (!work.WantsEmbedding)
            return;
        var since = Stopwatch.GetTimestamp();
        using var stage = work.Stage("embed");
        try
        {
            work.Look!.Embed();
            work.Conclude();
        }
        catch (Exception error)
        {
            LogUnexpected(error, work.Image.Bucket, work.Image.Key);
            work.Fail(FailureKind.Transient, $"inference: {error.Message}");
        }
        telemetry.Stage("embed", since);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "s3://{Bucket}/{Key} could not be embedded")]
    private partial void LogUnexpected(Exception error, string bucket, string key);
}
