using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Messages;
using ThanoSql.Planning;
using ThanoSql.Trainer.Runs;

namespace ThanoSql.Trainer.Switching;

/// <summary>Puts a version into service: keys everything it must answer for, then switches, then tells the workers.</summary>
internal sealed class VersionSwitcher(
    NpgsqlDataSource database, ModelSwitch modelSwitch, VersionKeying keying, KeywordRetention retention, PipelineTables pipelines,
    Announcer announcer,
    IOptions<SqlOptions> options)
{
    private const int Tries = 5;

    /// <param name="model">Its name.</param>
    /// <param name="version">The one that comes into service; its keyword partition is made when it is gone.</param>
    /// <param name="effect">What else changes in the same moment.</param>
    /// <param name="session">Hears of progress, and may stop it all until the switch itself.</param>
    public async Task SwitchAsync(string model, ModelVersion version, SwitchEffect effect, RunSession session)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryAsync(model, version, effect, session);
                break;
            }
            catch (Exception e) when (e is SwitchInterruptedException or PostgresException { SqlState: PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedTable }
                && attempt < Tries)
            {
                session.Say("A table was replaced meanwhile: its rows are keyed again.");
            }
        }
        // Pipelines that waited for the model's first version
        await pipelines.RefreshAsync(session.Stopping);
        await announcer.SendAsync(new ModelSwitched(model, version.VersionId), session.Stopping);
        await retention.ApplyAsync(version.ModelId, session.Stopping);
    }

    /// <summary>Takes everything back that was prepared for a version which does not come into service.</summary>
    public async Task AbandonAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        var model = (await new ModelCatalog(database).ListAsync(cancellationToken)).SingleOrDefault(m => m.ModelId == version.ModelId);
        if (model?.NextVersionId != version.VersionId)
            return;
        await modelSwitch.AbandonAsync(model.ModelId, await TablesAsync(model.Name, cancellationToken), cancellationToken);
    }

    private async Task TryAsync(string model, ModelVersion version, SwitchEffect effect, RunSession session)
    {
        var tables = await TablesAsync(model, session.Stopping);
        await modelSwitch.BeginAsync(version, tables, session.Stopping);
        await keying.FillAsync(version, session);
        await modelSwitch.FillTablesAsync(version, tables, (table, done) =>
        {
            session.Report($"keying {table}", done, 0);
            return Task.CompletedTask;
        }, session.Stopping);
        session.Report("switching", 0, 0);
        await modelSwitch.SwitchAsync(version, tables, effect, session.Stopping);
    }

    private Task<IReadOnlyList<PipelineTable>> TablesAsync(string model, CancellationToken cancellationToken) =>
        ServingTables.OfModelAsync(database, model, options.Value.Workspace, cancellationToken);
}
