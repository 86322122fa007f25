using ThanoSql.Catalog.Runs;

namespace ThanoSql.Catalog.Models;

/// <summary>What people ask about the models: what is in service, how good it is, when it is trained next.</summary>
public sealed class ModelLedger(NpgsqlDataSource database)
{
    private const string Summaries = """
        SELECT m.model_id, m.name, m.algorithm, m.current_version_id, v.number AS version, cardinality(v.labels) AS labels, t.variant AS trunk,
               t.origin AS trunk_origin, (v.metrics ->> 'accuracy')::double precision AS accuracy,
               (v.metrics ->> 'macro_f1')::double precision AS macro_f1, (v.metrics ->> 'held_out')::integer AS held_out,
               (v.metrics ->> 'unsure')::integer AS unsure, v.promoted_at, m.schedule_paused, p.next_at, p.trained_by,
               (SELECT max(r.run_id) FROM thanosql.training_run r WHERE r.model_name = m.name AND r.state IN ('queued', 'running')) AS open_run
        FROM thanosql.model m
        LEFT JOIN thanosql.model_version v ON v.version_id = m.current_version_id
        LEFT JOIN thanosql.trunk t USING (trunk_id)
        LEFT JOIN LATERAL (
            SELECT min(s.next_at) AS next_at, min(p.name) AS trained_by
            FROM thanosql.pipeline p LEFT JOIN thanosql.pipeline_schedule s USING (pipeline_id)
            WHERE p.model_name = m.name AND p.definition #>> '{model,train}' IS NOT NULL AND p.reason IS DISTINCT FROM $1) p ON true
        """;

    /// <summary>All models by name.</summary>
    public Task<List<ModelSummary>> ListAsync(CancellationToken cancellationToken) =>
        database.Command($"{Summaries} ORDER BY m.name", PipelineRow.FileIsGone).ListAsync<ModelSummary>(cancellationToken);

    /// <returns>Null when there is none of that name.</returns>
    public async Task<ModelSummary?> FindAsync(string name, CancellationToken cancellationToken) =>
        (await database.Command($"{Summaries} WHERE m.name = $2", PipelineRow.FileIsGone, name).ListAsync<ModelSummary>(cancellationToken))
            .SingleOrDefault();

    /// <summary>A model's versions, the newest first; those that a killed trainer left half-made are absent.</summary>
    /// <param name="modelId">The model.</param>
    /// <param name="most">So many at most.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<VersionSummary>> VersionsAsync(int modelId, int most, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            SELECT v.version_id, v.number, v.state, p.number AS parent, cardinality(v.labels) AS labels, t.variant AS trunk,
                   t.origin AS trunk_origin, (v.metrics ->> 'rows')::integer AS pictures,
                   (v.metrics ->> 'accuracy')::double precision AS accuracy, (v.metrics ->> 'macro_f1')::double precision AS macro_f1,
                   (v.metrics ->> 'held_out')::integer AS held_out, v.reason, v.verdict::text AS verdict, v.created_at, v.promoted_at,
                   r.trigger, r.asked_by
            FROM thanosql.model_version v
            JOIN thanosql.trunk t USING (trunk_id)
            LEFT JOIN thanosql.model_version p ON p.version_id = v.parent_id
            LEFT JOIN LATERAL (
                SELECT trigger, asked_by FROM thanosql.training_run
                WHERE version_id = v.version_id AND trigger <> 'rollback' ORDER BY run_id LIMIT 1) r ON true
            WHERE v.model_id = $1 AND v.state <> 'building'
            ORDER BY v.number DESC LIMIT $2
            """,
            modelId, most).ListAsync<VersionRow>(cancellationToken)).ConvertAll(row => row.Summary());

    /// <returns>How good a version is; null when there is no such version, or it was uploaded and nothing is known.</returns>
    public async Task<VersionMetrics?> MetricsAsync(long versionId, CancellationToken cancellationToken) =>
        await database.Command("SELECT metrics::text FROM thanosql.model_version WHERE version_id = $1", versionId)
            .ScalarAsync<string>(cancellationToken) is { } json ? VersionMetrics.Parse(json) : null;

    /// <summary>The pictures that a new version has to answer for before it comes into service: roughly those of the one that answers now.</summary>
    public Task<long> PicturesAsync(int modelId, CancellationToken cancellationToken) => database.Command(
        """
        SELECT count(*) FROM thanosql.keyword k
        WHERE k.version_id = (SELECT current_version_id FROM thanosql.model WHERE model_id = $1) AND k.rank = 1
        """,
        modelId).ScalarAsync<long>(cancellationToken);

    // As the columns are; the verdict is JSON.
    private sealed record VersionRow(
        long VersionId, int Number, VersionState State, int? Parent, int Labels, string Trunk, string TrunkOrigin, int? Pictures, double? Accuracy,
        double? MacroF1, int? HeldOut, string? Reason, string? Verdict, DateTime CreatedAt, DateTime? PromotedAt, RunTrigger? Trigger,
        string? AskedBy)
    {
        public VersionSummary Summary() => new(
            VersionId, Number, State, Parent, Labels, Trunk, TrunkOrigin, Pictures, Accuracy, MacroF1, HeldOut, Reason, GateVerdict.Parse(Verdict),
            CreatedAt, PromotedAt, Trigger, AskedBy);
    }
}

/// <summary>A model as a list of models shows it. Rates are 0 to 1, and null where nothing was held out.</summary>
/// <param name="Version">The number of the version that answers; null before the first one is in service, as all that is said of it.</param>
/// <param name="HeldOut">Images that judged it.</param>
/// <param name="Unsure">Of these, how many it is not sure of.</param>
/// <param name="SchedulePaused">Why its schedule rests; null when it does not.</param>
/// <param name="NextAt">When a schedule asks for training next; null without one.</param>
/// <param name="TrainedBy">A pipeline that trains it; null for a model that is only built by hand.</param>
/// <param name="OpenRun">The newest training run that is queued or under way.</param>
public sealed record ModelSummary(
    int ModelId, string Name, string Algorithm, long? CurrentVersionId, int? Version, int? Labels, string? Trunk, string? TrunkOrigin,
    double? Accuracy, double? MacroF1, int? HeldOut, int? Unsure, DateTime? PromotedAt, string? SchedulePaused, DateTime? NextAt, string? TrainedBy,
    long? OpenRun);

/// <summary>A version as a list of versions shows it. Rates are 0 to 1, and null where nothing was held out.</summary>
/// <param name="Parent">The number of the version that answered when this one was made.</param>
/// <param name="Pictures">Labelled images that it was made from; null for an uploaded one.</param>
/// <param name="HeldOut">Images that judged it.</param>
/// <param name="Reason">Why it was rejected or failed, in English.</param>
/// <param name="Verdict">Of the gate; null where none was asked.</param>
/// <param name="Trigger">What asked for it; null when its run is forgotten.</param>
/// <param name="AskedBy">An <see cref="Audits.Actor"/>.</param>
public sealed record VersionSummary(
    long VersionId, int Number, VersionState State, int? Parent, int Labels, string Trunk, string TrunkOrigin, int? Pictures, double? Accuracy,
    double? MacroF1, int? HeldOut, string? Reason, GateVerdict? Verdict, DateTime CreatedAt, DateTime? PromotedAt, RunTrigger? Trigger,
    string? AskedBy)
{
    /// <summary>Whether a rollback may bring it back.</summary>
    public bool CanReturn => PromotedAt is not null && State is (VersionState.Retired or VersionState.Rejected);
}
