using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql model list | rollback | resume</c> and <c>thanosql train</c></summary>
internal static class ModelCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The model." };

    public static Command Create() => new("model", "Models and their versions.") { List(), Rollback(), Resume() };

    public static Command CreateTrain()
    {
        const string description =
            "Trains a pipeline's model anew from its training statement; the result must pass the pipeline's gate. A running trainer does the work.";
        var dryRun = new Option<bool>("--dry-run") { Description = "Trains and judges, says which keywords would change, and changes nothing." };
        var command = new Command("train", description) { Name, dryRun };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var (requests, name) = (services.GetRequiredService<TrainingRequests>(), parsed.GetValue(Name)!);
            if (parsed.GetValue(dryRun))
                Queued(await requests.DryRunAsync(name, Actor.Of(RunTrigger.Hand), cancellationToken), "outcome, changes");
            else
                Queued(await requests.TrainAsync(name, RunTrigger.Hand, cancellationToken));
        });
        return command;
    }

    private static Command Rollback()
    {
        var to = new Option<int?>("--to") { Description = "The version's number; default: the one before." };
        const string description = "Takes the version in service back; the schedule rests until resume or a newer version passes.";
        var command = new Command("rollback", description) { Name, to };
        command.SetCatalogAction(async (parsed, services, cancellationToken) => Queued(
            await services.GetRequiredService<TrainingRequests>().RollBackAsync(parsed.GetValue(Name)!, parsed.GetValue(to), cancellationToken)));
        return command;
    }

    private static Command Resume()
    {
        var command = new Command("resume", "Lets a model's schedule go on after a rollback, and an uploaded model that rests work again.") { Name };
        command.SetCatalogAction((parsed, services, cancellationToken) =>
            services.GetRequiredService<TrainingRequests>().ResumeAsync(parsed.GetValue(Name)!, cancellationToken));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Shows every model's versions, the newest first.");
        command.SetCatalogAction(async (_, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("model", "version", "state", "trunk", "accuracy", "created (UTC)", "why");
            await using var versions = services.GetRequiredService<NpgsqlDataSource>().CreateCommand("""
                SELECT v.model, v.version, v.state, v.trunk || ' (' || v.trunk_origin || ')',
                       coalesce(round((v.metrics ->> 'accuracy')::numeric, 3)::text, ''), v.created_at,
                       coalesce(v.reason, CASE WHEN v.state = 'current' THEN 'the schedule rests: ' || m.schedule_paused END, '')
                FROM thanosql.model_versions v JOIN thanosql.models m ON m.name = v.model ORDER BY v.model, v.version DESC
                """);
            await using var reader = await versions.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                string[] row =
                [
                    reader.GetString(0), reader.GetInt32(1).ToString(CultureInfo.InvariantCulture), reader.GetString(2), reader.GetString(3),
                    reader.GetString(4), reader.GetDateTime(5).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), reader.GetString(6),
                ];
                table.AddRow([.. row.Select(Markup.Escape)]);
            }
            AnsiConsole.Write(table);
        });
        return command;
    }

    private static void Queued(long run, string columns = "*") =>
        AnsiConsole.MarkupLineInterpolated($"Run {run} is queued: SELECT {columns} FROM thanosql.training_runs WHERE run_id = {run}");
}
