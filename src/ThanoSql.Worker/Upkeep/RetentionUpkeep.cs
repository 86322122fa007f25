using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Worker.Upkeep;

/// <summary>
/// Removes what was kept long enough: embeddings and keywords of pictures that are gone, the audit's entries, rows that pipelines deleted, notes of
/// pictures that were replaced, what webhooks could not be told, what changed in the cache of embeddings.
/// </summary>
internal sealed partial class RetentionUpkeep(
    OrphanContents orphans, AuditLedger audit, DeletedRows rows, ReplacementLedger replacements, WebhookLedger webhooks,
    EmbeddingChanges embeddings, TimeProvider time, IOptions<RetentionOptions> retention, IOptions<DeletedRowOptions> deleted,
    ILogger<RetentionUpkeep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var schedule = new CronLoop(retention.Value.Schedule, time);
        while (true)
        {
            await schedule.NextAsync(stoppingToken);
            await TryAsync("contents without an image", () => orphans.RemoveAsync(retention.Value.Orphans, stoppingToken));
            await TryAsync("entries of the audit", () => audit.RemoveAsync(retention.Value.Audit, stoppingToken));
            await TryAsync("deleted rows", () => rows.RemoveAsync(TimeSpan.FromDays(deleted.Value.Days), stoppingToken));
            await TryAsync("notes of replaced pictures", () => replacements.RemoveAsync(ReplacementLedger.Kept, stoppingToken));
            await TryAsync("notes of changed embeddings", () => embeddings.RemoveAsync(stoppingToken));
            await TryAsync("dead events of webhooks", () => webhooks.RemoveAsync(retention.Value.DeadEvents, stoppingToken));
        }
    }

    private async Task TryAsync(string what, Func<Task<int>> remove)
    {
        try
        {
            LogRemoved(await remove(), what);
        }
        catch (NpgsqlException error)
        {
            LogPutOff(what, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} {What} were removed for their age")]
    private partial void LogRemoved(int count, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old {What} are removed the next time: {Reason}")]
    private partial void LogPutOff(string what, string reason);
}
