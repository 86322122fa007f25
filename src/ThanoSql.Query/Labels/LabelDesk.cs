using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Query.Labels;

/// <summary>
/// Where people work through a pipeline's pictures: which come next, what they say of them, and what was said before, so that it can be taken back.
/// </summary>
internal sealed class LabelDesk(
    LabelWork work, LabelLedger ledger, PipelineCatalog pipelines, PictureRows rows, IOptions<SqlOptions> sql, TimeProvider time)
{
    private readonly Recent<int, Counted> _disagreed = new((id, cancellationToken) => CountAsync(work, pipelines, id, cancellationToken), time);

    /// <summary>Pipelines whose pictures can be labelled, by name.</summary>
    public async Task<IReadOnlyList<PipelineRow>> PipelinesAsync(CancellationToken cancellationToken) =>
        (await pipelines.ListAsync(cancellationToken)).FindAll(p => p.HasFile);

    /// <summary>A page of pictures with their rows.</summary>
    /// <param name="pipeline">Whose pictures.</param>
    /// <param name="order">Which of them, and which first.</param>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="token">Whose turn the look into the table takes.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IReadOnlyList<LabelTask>> ListAsync(
        PipelineRow pipeline, WorkOrder order, WorkItem? after, int most, ApiToken token, CancellationToken cancellationToken)
    {
        var items = await work.ListAsync(pipeline, order, after, most, cancellationToken);
        var shown = pipeline.Active && items.Count > 0
            ? await rows.FindEachAsync(pipeline.Definition, items.ConvertAll(i => i.Spellings), token, cancellationToken)
            : new PictureRow?[items.Count];
        return [.. items.Zip(shown, (item, row) => new LabelTask(item, Text(item), row))];
    }

    /// <summary>How the work stands; labels of today are those since midnight of <paramref name="zone"/>.</summary>
    public Task<LabelFigures> FiguresAsync(PipelineRow pipeline, ApiToken token, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        var midnight = TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).Date;
        return work.FiguresAsync(
            pipeline, new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)), Speaker.Of(token).Name, cancellationToken);
    }

    /// <summary>How many pictures <see cref="WorkOrder.Disagreed"/> holds, up to <see cref="LabelWork.MostCounted"/>; counted once for all who ask
    /// at once.</summary>
    public async Task<long> DisagreedAsync(PipelineRow pipeline, CancellationToken cancellationToken) =>
        (await _disagreed.GetAsync(pipeline.PipelineId, cancellationToken))?.Pictures ?? 0;

    /// <summary>Writes what somebody says of pictures of a pipeline; one that is refused keeps no other from being written.</summary>
    /// <returns>What became of each, and what takes it back (<see cref="UndoAsync"/>).</returns>
    public async Task<LabelStep> SetAsync(
        PipelineRow pipeline, IReadOnlyList<SaidLabel> said, ApiToken token, CancellationToken cancellationToken)
    {
        var before = await work.SaidAsync(pipeline, [.. said.Select(s => new ObjectPath(s.Bucket, s.Key))], cancellationToken);
        var outcomes = await ledger.SetAsync(said, Speaker.Of(token), cancellationToken);
        var failures = said.Zip(outcomes, (s, outcome) => outcome.Failure(Text(s.Bucket, s.Key))).ToList();
        return new LabelStep(failures, [.. before.Where((_, place) => failures[place] is null)]);
    }

    /// <summary>Says again what was said before a step.</summary>
    /// <returns>Of each that was to be taken back, why it was not; null where it was.</returns>
    public async Task<IReadOnlyList<Exception?>> UndoAsync(LabelStep step, ApiToken token, CancellationToken cancellationToken)
    {
        var outcomes = await ledger.SetAsync(step.Before, Speaker.Of(token), cancellationToken);
        return [.. step.Before.Zip(outcomes, (s, outcome) => outcome.Failure(Text(s.Bucket, s.Key)))];
    }

    private static async Task<Counted?> CountAsync(LabelWork work, PipelineCatalog pipelines, int id, CancellationToken cancellationToken) =>
        (await pipelines.ListAsync(cancellationToken)).Find(p => p.PipelineId == id) is { } pipeline
            ? new Counted(await work.DisagreedAsync(pipeline, cancellationToken))
            : null;

    private string Text(WorkItem item) => Text(item.Bucket, item.Key);

    private string Text(string bucket, string key) => StorePath.Format(new ObjectPath(bucket, key), sql.Value.Workspace);

    private sealed record Counted(long Pictures);
}

/// <summary>A picture to look at.</summary>
/// <param name="Item">What model and people say of it.</param>
/// <param name="Path">As SQL and search show it.</param>
/// <param name="Row">Of the pipeline's table; null when no row shows it.</param>
internal sealed record LabelTask(WorkItem Item, string Path, PictureRow? Row);

/// <summary>What somebody said at once.</summary>
/// <param name="Failures">Of each picture, why nothing was said of it; null where it was.</param>
/// <param name="Before">Of the others, what was said before.</param>
internal sealed record LabelStep(IReadOnlyList<Exception?> Failures, IReadOnlyList<SaidLabel> Before);
