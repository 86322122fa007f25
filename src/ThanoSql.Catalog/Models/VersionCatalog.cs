using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Runs;

namespace ThanoSql.Catalog.Models;

/// <summary>The versions of the models.</summary>
public sealed class VersionCatalog(NpgsqlDataSource database)
{
    private const string Columns =
        "version_id, model_id, number, trunk_id, parent_id, state, labels, head, metrics, source, options, data_fingerprint, " +
        "artifact, artifact_sha256, reason, keyed, created_at, promoted_at";

    public async Task<ModelVersion?> FindAsync(long versionId, CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.model_version WHERE version_id = $1", versionId)
            .ListAsync<ModelVersion>(cancellationToken)).SingleOrDefault();

    /// <summary>A version by the number that people see.</summary>
    public async Task<ModelVersion?> FindAsync(int modelId, int number, CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.model_version WHERE model_id = $1 AND number = $2", modelId, number)
            .ListAsync<ModelVersion>(cancellationToken)).SingleOrDefault();

    /// <summary>Whether a version answers with labels; false for one that is gone, too.</summary>
    internal static Task<bool> HasLabelsAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken) => database.Command(
        "SELECT EXISTS (SELECT FROM thanosql.model_version WHERE version_id = $1 AND labels <> '{}')", versionId)
        .ScalarAsync<bool>(cancellationToken);

    /// <summary>A model's versions, newest first.</summary>
    public Task<List<ModelVersion>> ListAsync(int modelId, CancellationToken cancellationToken) =>
        database.Command($"SELECT {Columns} FROM thanosql.model_version WHERE model_id = $1 ORDER BY number DESC", modelId)
            .ListAsync<ModelVersion>(cancellationToken);

    /// <summary>The metrics of a model's newest version, in service or not; null without one.</summary>
    public Task<string?> NewestMetricsAsync(int modelId, CancellationToken cancellationToken) =>
        database.Command("SELECT metrics::text FROM thanosql.model_version WHERE model_id = $1 ORDER BY number DESC LIMIT 1", modelId)
            .ScalarAsync<string>(cancellationToken);

    /// <summary>
    /// Registers a trained head, or a trunk alone, in the state <c>building</c>, without keywords. Its parent is the version that is current now.
    /// </summary>
    internal static async Task<ModelVersion> AddAsync(
        NpgsqlConnection connection, int modelId, NewVersion version, CancellationToken cancellationToken)
    {
        var model = await ModelCatalog.LockAsync(connection, modelId, exclusively: true, cancellationToken);
        var rows = await connection.Command(
            $"""
             INSERT INTO thanosql.model_version
                 (model_id, number, trunk_id, parent_id, state, labels, head, metrics, source, options, data_fingerprint)
             SELECT $1, coalesce(max(number), 0) + 1, $2, $3::bigint, 'building', $4, $5, $6::jsonb, $7, $8::jsonb, $9
             FROM thanosql.model_version WHERE model_id = $1
             RETURNING {Columns}
             """,
            modelId, version.TrunkId, model.CurrentVersionId, version.Labels.ToArray(), version.Head, version.Metrics,
            version.Source, version.Options, version.DataFingerprint).ListAsync<ModelVersion>(cancellationToken);
        await HeldOutAnswers.WriteAsync(connection, rows[0], version.Answers, cancellationToken);
        return rows[0];
    }

    /// <summary>Notes where the version's self-contained ONNX lies.</summary>
    public Task RecordArtifactAsync(long versionId, string file, string sha256, CancellationToken cancellationToken) =>
        database.Command("UPDATE thanosql.model_version SET artifact = $2, artifact_sha256 = $3 WHERE version_id = $1", versionId, file, sha256)
            .RunAsync(cancellationToken);

    /// <summary>Notes what the gate found.</summary>
    public Task RecordVerdictAsync(long versionId, GateVerdict verdict, CancellationToken cancellationToken) =>
        database.Command("UPDATE thanosql.model_version SET verdict = $2::jsonb WHERE version_id = $1", versionId, verdict.ToJson())
            .RunAsync(cancellationToken);

    /// <returns>What the gate found; null where none was asked.</returns>
    public async Task<GateVerdict?> VerdictAsync(long versionId, CancellationToken cancellationToken) => GateVerdict.Parse(
        await database.Command("SELECT verdict::text FROM thanosql.model_version WHERE version_id = $1", versionId)
            .ScalarAsync<string>(cancellationToken));

    /// <summary>Keeps a version that never came into service, with the reason, without its keywords.</summary>
    public async Task CloseAsync(long versionId, VersionState state, string reason, CancellationToken cancellationToken)
    {
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            await SetStateAsync(connection, versionId, state, reason, cancellationToken);
        await KeywordPartition.TryDropAsync(database, versionId, cancellationToken);
    }

    /// <summary>Gives a version back the state that it had before its promotion was abandoned.</summary>
    public async Task RestoreAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await SetStateAsync(connection, version.VersionId, version.State, version.Reason, cancellationToken);
    }

    /// <summary>Removes a version that a killed trainer left in the state <c>building</c>; the model goes too when it has no other.</summary>
    public async Task DiscardAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("DELETE FROM thanosql.model_version WHERE version_id = $1", version.VersionId).RunAsync(cancellationToken);
        await connection.Command(
            "DELETE FROM thanosql.model m WHERE model_id = $1 AND NOT EXISTS (SELECT FROM thanosql.model_version v WHERE v.model_id = m.model_id)",
            version.ModelId).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await KeywordPartition.TryDropAsync(database, version.VersionId, cancellationToken);
    }

    internal static Task<int> SetStateAsync(
        NpgsqlConnection connection, long versionId, VersionState state, string? reason, CancellationToken cancellationToken) =>
        connection.Command(
            """
            UPDATE thanosql.model_version
            SET state = $2, reason = $3::text, promoted_at = CASE WHEN $2 = 'current' THEN now() ELSE promoted_at END
            WHERE version_id = $1
            """,
            versionId, state.Word(), reason).RunAsync(cancellationToken);
}

/// <summary>The moment in which a trained head enters the catalog: model, held-out part, version and run together or not at all.</summary>
public sealed class VersionRegistration(NpgsqlDataSource database)
{
    /// <param name="lease">The run that made the version, and will be found by it after a crash.</param>
    /// <param name="traits">Of the model, made when it is new; those of one in service change with the promotion only.</param>
    /// <param name="version">In the state <c>building</c> from now on.</param>
    /// <param name="heldOut">Content → whether it is held out; fixed for contents seen for the first time.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    public async Task<ModelVersion> AddAsync(
        TrainingLease lease, ModelTraits traits, NewVersion version, IReadOnlyDictionary<long, bool> heldOut, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var model = await ModelCatalog.EnsureAsync(connection, traits, cancellationToken);
        await HeldOutPart.FixAsync(connection, model, heldOut, cancellationToken);
        var added = await VersionCatalog.AddAsync(connection, model, version, cancellationToken);
        await lease.BindAsync(connection, added.VersionId, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added;
    }
}
