namespace ThanoSql.Catalog.Models;

/// <summary>
/// Puts a version into service without a moment in which a reader sees nothing or two versions: its answers are prepared aside, then pointer and
/// columns change places in one short transaction. The caller holds the <see cref="ModelLock"/>, and fills the version's keyword partition between
/// <see cref="BeginAsync"/> and <see cref="FillTablesAsync"/>.
/// </summary>
public sealed class ModelPromotion(TableSessions sessions, ILogger<ModelPromotion> logger)
{
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(1);

    private Action<string, LockHolder>? Waiting { get; init; }

    /// <summary>One that tells whom it waits for at a table that somebody holds: as long as that takes, since a switch needs all tables.</summary>
    public ModelPromotion Telling(Action<string, LockHolder> waiting) => new(sessions, logger) { Waiting = waiting };

    /// <summary>
    /// From here on whoever writes keywords writes this version's too, and the tables have <c>…_next</c> columns. A promotion that a killed trainer
    /// left half-way goes on; one of another version is abandoned first.
    /// </summary>
    public Task BeginAsync(ModelVersion version, IReadOnlyList<PipelineTable> tables, CancellationToken cancellationToken) =>
        ShortTransaction.RunAsync(sessions, logger, async session =>
        {
            var next = await HoldAsync(session, version.ModelId, cancellationToken);
            foreach (var table in tables)
            {
                await using var watch = Watch(session, table);
                await OnTableAsync(table, () => BeginTableAsync(session, table, next == version.VersionId, cancellationToken));
            }
            await PrepareAsync(session, version.ModelId, version.VersionId, cancellationToken);
        }, cancellationToken);

    /// <summary>Keys all rows of the tables and builds the indexes of the prepared columns, while readers and writers go on.</summary>
    public async Task FillTablesAsync(
        ModelVersion version, IReadOnlyList<PipelineTable> tables, Func<string, long, Task> progress, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
            await OnTableAsync(table, () => FillTableAsync(version, table, progress, cancellationToken));
    }

    /// <summary>
    /// The promotion itself: late rows, pointer, columns, views, states, in one transaction of milliseconds that is tried again when it must wait.
    /// </summary>
    /// <param name="version">The version that comes into service.</param>
    /// <param name="tables">All tables of the model's active pipelines, as given to <see cref="BeginAsync"/>.</param>
    /// <param name="effect">What else changes in the same moment.</param>
    /// <param name="cancellationToken">Gives up between two tries.</param>
    /// <exception cref="PromotionInterruptedException">A table was replaced or added, or the promotion abandoned, meanwhile: begin again.</exception>
    /// <exception cref="CatalogException">Somebody replaced what hangs on a table in this moment.</exception>
    public async Task PromoteAsync(
        ModelVersion version, IReadOnlyList<PipelineTable> tables, PromotionEffect effect, CancellationToken cancellationToken)
    {
        var name = await ModelCatalog.NameAsync(sessions.Owner, version.ModelId, cancellationToken);
        await ShortTransaction.RunAsync(sessions, logger, async session =>
        {
            if (await HoldAsync(session, version.ModelId, cancellationToken) != version.VersionId
                || !await ServingTables.AreAllAsync(sessions.Owner, name, tables, cancellationToken))
            {
                throw new PromotionInterruptedException(name);
            }
            foreach (var table in tables)
            {
                await using var watch = Watch(session, table);
                await OnTableAsync(table, () => PromoteTableAsync(session, table, version, name, cancellationToken));
            }
            await PromoteVersionAsync(session, version, effect, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Undoes a prepared promotion. Only the version remains; the caller sets its state.</summary>
    public Task AbandonAsync(int modelId, IReadOnlyList<PipelineTable> tables, CancellationToken cancellationToken) =>
        ShortTransaction.RunAsync(sessions, logger, async session =>
        {
            await PrepareAsync(session, modelId, null, cancellationToken);
            foreach (var table in tables)
                await ShadowIndex.DropAllAsync(session, table, cancellationToken);
        }, cancellationToken);

    // Within the short time that a try waits for a lock
    private LockWatch Watch(TableSession session, PipelineTable table) =>
        session.Watch(TimeSpan.FromMilliseconds(50), holder => Waiting?.Invoke(table.Name, holder));

    // What its users hung on a table may refuse all that is done here; whoever asked must hear which table it is.
    private static async Task OnTableAsync(PipelineTable table, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (PostgresException error) when (RowRefusal.Of(error, table.Name) is { Passing: false } refusal)
        {
            throw new CatalogException($"{refusal.Reason}. Change what hangs on the table, and ask again.", error);
        }
    }

    private static async Task BeginTableAsync(TableSession session, PipelineTable table, bool goesOn, CancellationToken cancellationToken)
    {
        await NextColumns.EnsureAsync(session, table, cancellationToken);
        await UnmovableDependents.RefuseAsync(session, table, cancellationToken);
        if (goesOn)
            return;
        await ShadowIndex.DropAllAsync(session, table, cancellationToken);
        // Waits for those who wrote while this version was not being prepared
        await session.Command($"LOCK TABLE {table.Sql} IN SHARE ROW EXCLUSIVE MODE").RunAsync(cancellationToken);
    }

    private async Task FillTableAsync(
        ModelVersion version, PipelineTable table, Func<string, long, Task> progress, CancellationToken cancellationToken)
    {
        await using var session = await sessions.OpenAsync(cancellationToken);
        await using var watch = session.Watch(LongWait, holder => Waiting?.Invoke(table.Name, holder));
        var keying = new TableKeying(table, version);
        await keying.FillAsync(session, done => progress(table.Name, done), cancellationToken);
        // Waits for older snapshots too: after it no reader of this table can be so old that it would find the prepared columns empty
        foreach (var shadow in await ShadowsAsync(session, table, cancellationToken))
            await shadow.BuildAsync(session, table, cancellationToken);
        await using (var analyze = session.Command($"ANALYZE {table.Sql}"))
        {
            analyze.CommandTimeout = 0;
            await analyze.ExecuteNonQueryAsync(cancellationToken);
        }
        while (await keying.FillRestAsync(session, cancellationToken) > 100)
            cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task<List<ShadowIndex>> ShadowsAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        var shadows = await ShadowIndex.OfAsync(session, table, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return shadows;
    }

    private static async Task PromoteTableAsync(
        TableSession session, PipelineTable table, ModelVersion version, string model, CancellationToken cancellationToken)
    {
        await session.Command($"LOCK TABLE {table.Sql} IN ACCESS EXCLUSIVE MODE").RunAsync(cancellationToken);
        if (!await NextColumns.ExistAsync(session, table, cancellationToken))
            throw new PromotionInterruptedException(model);
        await UnmovableDependents.RefuseAsync(session, table, cancellationToken);
        await new TableKeying(table, version).FillRestAsync(session, cancellationToken);
        var views = await DependentView.HoldAsync(session, table, cancellationToken);
        var shadows = await ShadowIndex.OfAsync(session, table, cancellationToken);
        var triggers = await DependentTrigger.OfAsync(session, table, cancellationToken);
        await NextColumns.SwapAsync(session, table, cancellationToken);
        foreach (var trigger in triggers)
            await trigger.DefineAsync(session, table, cancellationToken);
        foreach (var view in views)
            await view.DefineAsync(session, cancellationToken);
        foreach (var shadow in shadows)
            await shadow.ReplaceAsync(session, table, cancellationToken);
    }

    /// <summary>Locks the model against everybody.</summary>
    /// <returns>The version that is being prepared.</returns>
    private static async Task<long?> HoldAsync(TableSession session, int modelId, CancellationToken cancellationToken)
    {
        var rows = await session.Call("SELECT next_version FROM thanosql.hold_model($1, $2)", modelId).ListAsync<long?>(cancellationToken);
        return rows.Count == 1 ? rows[0] : throw new CatalogException("The model was deleted meanwhile.");
    }

    private static Task<int> PrepareAsync(TableSession session, int modelId, long? versionId, CancellationToken cancellationToken) =>
        session.Call("SELECT thanosql.prepare_version($1, $2, $3::bigint)", modelId, versionId).RunAsync(cancellationToken);

    private static Task<int> PromoteVersionAsync(
        TableSession session, ModelVersion version, PromotionEffect effect, CancellationToken cancellationToken)
    {
        var traits = effect.Traits is { } t ? new[] { t.Algorithm, t.ImageCol, t.LabelCol, t.Dialect.Word() } : null;
        return session.Call(
            "SELECT thanosql.promote_version($1, $2, $3, $4, $5, $6, $7)", version.ModelId, version.VersionId, effect.Left.Word(),
            effect.Left == VersionState.Rejected ? "Taken back by a rollback." : null, traits, effect.Pause).RunAsync(cancellationToken);
    }
}

/// <summary>A promotion found a table replaced, or itself abandoned: it has to begin again.</summary>
public sealed class PromotionInterruptedException(string model) : Exception($"The promotion of model '{model}' was interrupted.");

/// <summary>What changes together with the version in service.</summary>
/// <param name="Left">What the version in service until now becomes: retired or rejected.</param>
/// <param name="Traits">The model's, from its BUILD; null keeps those it has.</param>
/// <param name="Pause">Why the model's retraining schedule pauses from now on; null leaves it alone.</param>
public sealed record PromotionEffect(VersionState Left, ModelTraits? Traits = null, string? Pause = null);
