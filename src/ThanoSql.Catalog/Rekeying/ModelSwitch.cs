using Microsoft.Extensions.Logging;
using Npgsql;
using ThanoSql.Catalog.Models;

namespace ThanoSql.Catalog.Rekeying;

/// <summary>
/// Puts a version into service without a moment in which a reader sees nothing or two versions: its answers are prepared aside, then pointer and columns
/// change places in one short transaction. The caller holds the <see cref="ModelLock"/>, and fills the version's keyword partition between
/// <see cref="BeginAsync"/> and <see cref="FillTablesAsync"/>.
/// </summary>
public sealed partial class ModelSwitch(NpgsqlDataSource database, ILogger<ModelSwitch> logger)
{
    /// <summary>
    /// From here on whoever writes keywords writes this version's too, and the tables have <c>…_next</c> columns. A switch that a killed trainer left
    /// half-way goes on; one to another version is given up first.
    /// </summary>
    public async Task BeginAsync(ModelVersion version, IReadOnlyList<RekeyTable> tables, CancellationToken cancellation)
    {
        await ShortTransaction.RunAsync(database, logger, async connection =>
        {
            var model = await ModelCatalog.LockAsync(connection, version.ModelId, exclusively: true, cancellation);
            foreach (var table in tables)
            {
                await NextColumns.EnsureAsync(connection, table, cancellation);
                await UnmovableDependents.RefuseAsync(connection, table, cancellation);
                if (model.NextVersionId == version.VersionId) continue;
                await TwinIndex.DropAllAsync(connection, table, cancellation);
                // Waits for those who wrote while this version was not being prepared
                await connection.Command($"LOCK TABLE {table.Sql} IN SHARE ROW EXCLUSIVE MODE").RunAsync(cancellation);
            }
            await SetNextAsync(connection, version.ModelId, version.VersionId, cancellation);
        }, cancellation);
    }

    /// <summary>Keys all rows of the tables and builds the indexes of the prepared columns, while readers and writers go on.</summary>
    public async Task FillTablesAsync(
        ModelVersion version, IReadOnlyList<RekeyTable> tables, Func<string, long, Task> progress, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        foreach (var table in tables)
        {
            var keying = new TableKeying(table, version);
            await keying.FillAsync(connection, done => progress(table.Table, done), cancellation);
            // Waits for older snapshots too: after it no reader of this table can be so old that it would find the prepared columns empty
            foreach (var twin in await TwinIndex.OfAsync(connection, table, cancellation)) await twin.BuildAsync(connection, cancellation);
            await connection.Command($"ANALYZE {table.Sql}").RunAsync(cancellation);
            while (await keying.FillRestAsync(connection, cancellation) > 100) cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The switch itself: stragglers, pointer, columns, views, states, in one transaction of milliseconds that is tried again when it must wait.</summary>
    /// <param name="version">The version that comes into service.</param>
    /// <param name="tables">All tables of the model's active pipelines, as given to <see cref="BeginAsync"/>.</param>
    /// <param name="effect">What else changes in the same moment.</param>
    /// <param name="cancellation">Gives up between two tries.</param>
    /// <exception cref="SwitchInterruptedException">A table was replaced or added, or the switch given up, meanwhile: begin again.</exception>
    public Task SwitchAsync(ModelVersion version, IReadOnlyList<RekeyTable> tables, SwitchEffect effect, CancellationToken cancellation) =>
        ShortTransaction.RunAsync(database, logger, async connection =>
        {
            var model = await ModelCatalog.LockAsync(connection, version.ModelId, exclusively: true, cancellation);
            if (model.NextVersionId != version.VersionId || !await RekeyTables.AreAllAsync(connection, model.Name, tables, cancellation))
                throw new SwitchInterruptedException(model.Name);
            foreach (var table in tables) await SwitchTableAsync(connection, table, version, model.Name, cancellation);
            await SetCurrentAsync(connection, model, version.VersionId, effect.Left, cancellation);
            if (effect.Traits is { } traits) await ModelCatalog.DescribeAsync(connection, traits, cancellation);
            if (effect.Pause is { } reason) await ModelCatalog.PauseAsync(connection, model.ModelId, reason, cancellation);
        }, cancellation);

    /// <summary>Gives a prepared switch up: nothing of it remains but the version, whose end is the caller's to say.</summary>
    public Task AbandonAsync(int modelId, IReadOnlyList<RekeyTable> tables, CancellationToken cancellation) =>
        ShortTransaction.RunAsync(database, logger, async connection =>
        {
            await connection.Command("UPDATE thanosql.model SET next_version_id = NULL WHERE model_id = $1", modelId).RunAsync(cancellation);
            foreach (var table in tables) await TwinIndex.DropAllAsync(connection, table, cancellation);
        }, cancellation);

    private static async Task SwitchTableAsync(
        NpgsqlConnection connection, RekeyTable table, ModelVersion version, string model, CancellationToken cancellation)
    {
        await connection.Command($"LOCK TABLE {table.Sql} IN ACCESS EXCLUSIVE MODE").RunAsync(cancellation);
        if (!await NextColumns.ExistAsync(connection, table, cancellation)) throw new SwitchInterruptedException(model);
        await new TableKeying(table, version).FillRestAsync(connection, cancellation);
        var twins = await TwinIndex.OfAsync(connection, table, cancellation);
        var views = await DependentView.OfAsync(connection, table, cancellation);
        var triggers = await DependentTrigger.OfAsync(connection, table, cancellation);
        await NextColumns.SwapAsync(connection, table, cancellation);
        foreach (var trigger in triggers) await trigger.DefineAsync(connection, cancellation);
        foreach (var view in views) await view.DefineAsync(connection, cancellation);
        foreach (var twin in twins) await twin.ReplaceAsync(connection, cancellation);
    }

    private static async Task SetNextAsync(NpgsqlConnection connection, int modelId, long versionId, CancellationToken cancellation)
    {
        await connection.Command("UPDATE thanosql.model SET next_version_id = $2 WHERE model_id = $1", modelId, versionId).RunAsync(cancellation);
        await VersionCatalog.SetStateAsync(connection, versionId, VersionState.Candidate, null, cancellation);
    }

    private static async Task SetCurrentAsync(NpgsqlConnection connection, Model model, long versionId, VersionState left, CancellationToken cancellation)
    {
        if (model.CurrentVersionId is { } before && before != versionId)
            await VersionCatalog.SetStateAsync(connection, before, left, left == VersionState.Rejected ? "Taken back by a rollback." : null, cancellation);
        await VersionCatalog.SetStateAsync(connection, versionId, VersionState.Current, null, cancellation);
        await connection.Command(
            "UPDATE thanosql.model SET current_version_id = $2, next_version_id = NULL WHERE model_id = $1", model.ModelId, versionId).RunAsync(cancellation);
    }
}

/// <summary>A switch found its table replaced or itself given up: it has to begin again.</summary>
public sealed class SwitchInterruptedException(string model) : Exception($"The switch of model '{model}' was interrupted.");
