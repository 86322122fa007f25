namespace ThanoSql.Catalog.Models;

/// <summary>
/// Puts a version into service without a moment in which a reader sees nothing or two versions: its answers are prepared aside, then pointer and
/// columns change places in one short transaction. The caller holds the <see cref="ModelLock"/>, and fills the version's keyword partition between
/// <see cref="BeginAsync"/> and <see cref="FillTablesAsync"/>.
/// </summary>
public sealed partial class ModelPromotion(NpgsqlDataSource database, ILogger<ModelPromotion> logger)
{
    /// <summary>
    /// From here on whoever writes keywords writes this version's too, and the tables have <c>…_next</c> columns. A promotion that a killed trainer
    /// left half-way goes on; one of another version is abandoned first.
    /// </summary>
    public async Task BeginAsync(ModelVersion version, IReadOnlyList<PipelineTable> tables, CancellationToken cancellationToken)
    {
        await ShortTransaction.RunAsync(database, logger, async connection =>
        {
            var model = await ModelCatalog.LockAsync(connection, version.ModelId, exclusively: true, cancellationToken);
            foreach (var table in tables)
            {
                await NextColumns.EnsureAsync(connection, table, cancellationToken);
                await UnmovableDependents.RefuseAsync(connection, table, cancellationToken);
                if (model.NextVersionId == version.VersionId)
                    continue;
                await ShadowIndex.DropAllAsync(connection, table, cancellationToken);
                // Waits for those who wrote while this version was not being prepared
                await connection.Command($"LOCK TABLE {table.Sql} IN SHARE ROW EXCLUSIVE MODE").RunAsync(cancellationToken);
            }
            await SetNextAsync(connection, version.ModelId, version.VersionId, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Keys all rows of the tables and builds the indexes of the prepared columns, while readers and writers go on.</summary>
    public async Task FillTablesAsync(
        ModelVersion version, IReadOnlyList<PipelineTable> tables, Func<string, long, Task> progress, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var table in tables)
        {
            var keying = new TableKeying(table, version);
            await keying.FillAsync(connection, done => progress(table.Name, done), cancellationToken);
            // Waits for older snapshots too: after it no reader of this table can be so old that it would find the prepared columns empty
            foreach (var shadow in await ShadowIndex.OfAsync(connection, table, cancellationToken))
                await shadow.BuildAsync(connection, cancellationToken);
            await connection.Command($"ANALYZE {table.Sql}").RunAsync(cancellationToken);
            while (await keying.FillRestAsync(connection, cancellationToken) > 100)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// The promotion itself: late rows, pointer, columns, views, states, in one transaction of milliseconds that is tried again when it must wait.
    /// </summary>
    /// <param name="version">The version that comes into service.</param>
    /// <param name="tables">All tables of the model's active pipelines, as given to <see cref="BeginAsync"/>.</param>
    /// <param name="effect">What else changes in the same moment.</param>
    /// <param name="cancellationToken">Gives up between two tries.</param>
    /// <exception cref="PromotionInterruptedException">A table was replaced or added, or the promotion abandoned, meanwhile: begin again.</exception>
    public Task PromoteAsync(
        ModelVersion version, IReadOnlyList<PipelineTable> tables, PromotionEffect effect, CancellationToken cancellationToken) =>
        ShortTransaction.RunAsync(database, logger, async connection =>
        {
            var model = await ModelCatalog.LockAsync(connection, version.ModelId, exclusively: true, cancellationToken);
            if (model.NextVersionId != version.VersionId || !await ServingTables.AreAllAsync(connection, model.Name, tables, cancellationToken))
                throw new PromotionInterruptedException(model.Name);
            foreach (var table in tables)
                await PromoteTableAsync(connection, table, version, model.Name, cancellationToken);
            await SetCurrentAsync(connection, model, version.VersionId, effect.Left, cancellationToken);
            if (effect.Traits is { } traits)
                await ModelCatalog.DescribeAsync(connection, traits, cancellationToken);
            if (effect.Pause is { } reason)
                await ModelCatalog.PauseAsync(connection, model.ModelId, reason, cancellationToken);
        }, cancellationToken);

    /// <summary>Undoes a prepared promotion. Only the version remains; the caller sets its state.</summary>
    public Task AbandonAsync(int modelId, IReadOnlyList<PipelineTable> tables, CancellationToken cancellationToken) =>
        ShortTransaction.RunAsync(database, logger, async connection =>
        {
            await connection.Command("UPDATE thanosql.model SET next_version_id = NULL WHERE model_id = $1", modelId).RunAsync(cancellationToken);
            foreach (var table in tables)
                await ShadowIndex.DropAllAsync(connection, table, cancellationToken);
        }, cancellationToken);

    private static async Task PromoteTableAsync(
        NpgsqlConnection connection, PipelineTable table, ModelVersion version, string model, CancellationToken cancellationToken)
    {
        await connection.Command($"LOCK TABLE {table.Sql} IN ACCESS EXCLUSIVE MODE").RunAsync(cancellationToken);
        if (!await NextColumns.ExistAsync(connection, table, cancellationToken))
            throw new PromotionInterruptedException(model);
        await new TableKeying(table, version).FillRestAsync(connection, cancellationToken);
        var shadows = await ShadowIndex.OfAsync(connection, table, cancellationToken);
        var views = await DependentView.OfAsync(connection, table, cancellationToken);
        var triggers = await DependentTrigger.OfAsync(connection, table, cancellationToken);
        await NextColumns.SwapAsync(connection, table, cancellationToken);
        foreach (var trigger in triggers)
            await trigger.DefineAsync(connection, cancellationToken);
        foreach (var view in views)
            await view.DefineAsync(connection, cancellationToken);
        foreach (var shadow in shadows)
            await shadow.ReplaceAsync(connection, cancellationToken);
    }

    private static async Task SetNextAsync(NpgsqlConnection connection, int modelId, long versionId, CancellationToken cancellationToken)
    {
        await connection.Command("UPDATE thanosql.model SET next_version_id = $2 WHERE model_id = $1", modelId, versionId)
            .RunAsync(cancellationToken);
        await VersionCatalog.SetStateAsync(connection, versionId, VersionState.Candidate, null, cancellationToken);
    }

    private static async Task SetCurrentAsync(
        NpgsqlConnection connection, Model model, long versionId, VersionState left, CancellationToken cancellationToken)
    {
        if (model.CurrentVersionId is { } before && before != versionId)
        {
            await VersionCatalog.SetStateAsync(
                connection, before, left, left == VersionState.Rejected ? "Taken back by a rollback." : null, cancellationToken);
        }

        await VersionCatalog.SetStateAsync(connection, versionId, VersionState.Current, null, cancellationToken);
        await connection.Command(
            "UPDATE thanosql.model SET current_version_id = $2, next_version_id = NULL WHERE model_id = $1", model.ModelId, versionId)
            .RunAsync(cancellationToken);
    }
}

/// <summary>A promotion found a table replaced, or itself abandoned: it has to begin again.</summary>
public sealed class PromotionInterruptedException(string model) : Exception($"The promotion of model '{model}' was interrupted.");

/// <summary>What changes together with the version in service.</summary>
/// <param name="Left">What the version in service until now becomes: retired or rejected.</param>
/// <param name="Traits">The model's, from its BUILD; null keeps those it has.</param>
/// <param name="Pause">Why the model's retraining schedule pauses from now on; null leaves it alone.</param>
public sealed record PromotionEffect(VersionState Left, ModelTraits? Traits = null, string? Pause = null);
