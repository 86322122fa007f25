using ThanoSql.Catalog.Audits;

namespace ThanoSql.Trainer.Renaming;

/// <summary>Asks for another name of a label: a run that a trainer works on, in its turn with what else changes the model.</summary>
public sealed class LabelRenameRequests
{
    private readonly RenamePlanner _planner;
    private readonly TrainingQueue _queue;
    private readonly Announcer _announcer;

    internal LabelRenameRequests(RenamePlanner planner, TrainingQueue queue, Announcer announcer) =>
        (_planner, _queue, _announcer) = (planner, queue, announcer);

    /// <param name="model">Its name; null for the only one that has the label.</param>
    /// <param name="from">The label; in another spelling, where only one is there.</param>
    /// <param name="to">Its new name.</param>
    /// <param name="by">Who asks: an <see cref="Actor"/>.</param>
    /// <param name="cancellationToken">Stops before the run is queued.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="QueryException">There is no such label, or the model learned one of the new name, too.</exception>
    /// <exception cref="TrainingRunOpenException">The model is being built or changed.</exception>
    public async Task<long> RenameAsync(string? model, string from, string to, string by, CancellationToken cancellationToken)
    {
        model ??= await _planner.ModelOfAsync(from, cancellationToken);
        var rename = await _planner.PlanAsync(model, from, to, cancellationToken);
        var id = await _queue.AddAsync(NewTrainingRun.Rename(model, rename.ToJson()) with { By = by }, cancellationToken);
        await _announcer.SendAsync(new TrainingRequested(id), cancellationToken);
        return id;
    }
}
