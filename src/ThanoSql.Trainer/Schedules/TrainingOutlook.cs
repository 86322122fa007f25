using System.Collections.Concurrent;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Trainer.Schedules;

/// <summary>
/// How many labelled pictures are missing until <c>after_new_rows</c> asks for training, for whoever labels. To count them is to read the training
/// rows: the longer that takes, the longer a count is kept, so that it never is more than a twentieth of the time's work.
/// </summary>
public sealed class TrainingOutlook(
    UserDatabase users, QueryPlanner planner, IOptions<SqlOptions> sql, ModelCatalog models, VersionCatalog versions, TimeProvider time)
{
    private const int Share = 20;

    private readonly LabelledRows _rows = new(users, planner, sql);
    private readonly ConcurrentDictionary<string, Count> _counts = [];

    /// <param name="pipeline">Whose model would be trained.</param>
    /// <param name="cancellationToken">Stops the count.</param>
    /// <returns>0 when training is due; null when new labels ask for none.</returns>
    /// <exception cref="NpgsqlException">The training statement cannot be run.</exception>
    /// <exception cref="QueryException">It cannot be planned.</exception>
    public async Task<long?> LeftAsync(PipelineDefinition pipeline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        if (pipeline is not { AfterNewRows: { } after, Model.Train: not null })
            return null;
        var known = _counts.GetValueOrDefault(pipeline.Name);
        if (known is null || time.GetElapsedTime(known.At) > known.Took * Share)
            _counts[pipeline.Name] = known = await CountAsync(pipeline.Model, cancellationToken);
        return Math.Clamp(after - known.New, 0, after);
    }

    private async Task<Count> CountAsync(PipelineModel model, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var seen = await SeenAsync(versions, await models.FindAsync(model.Name, cancellationToken), cancellationToken);
        var labelled = await _rows.CountAsync(model, cancellationToken);
        return new Count(labelled - seen, time.GetTimestamp(), time.GetElapsedTime(start));
    }

    /// <summary>Labelled images of the newest version's source, whether or not it came into service.</summary>
    internal static async Task<long> SeenAsync(VersionCatalog versions, Model? model, CancellationToken cancellationToken)
    {
        if (model is null)
            return 0;
        var newest = await versions.NewestMetricsAsync(model.ModelId, cancellationToken);
        return newest is null ? 0 : VersionMetrics.Parse(newest)?.Rows ?? 0;
    }

    /// <param name="New">Labelled pictures that the newest version did not see.</param>
    /// <param name="At">A timestamp.</param>
    /// <param name="Took">To count them.</param>
    private sealed record Count(long New, long At, TimeSpan Took);
}
