using ThanoSql.Language.Options;
using ThanoSql.Trainer.Renaming;

namespace ThanoSql.Trainer.Runs;

/// <summary>Hands a run to its handler, under the lock of its model.</summary>
internal sealed class RunDispatcher(
    NpgsqlDataSource database, CrashedRuns crashed, StatementHandlers statements, RollbackHandler rollback, RenameHandler rename)
{
    public async Task<RunResult> RunAsync(RunSession session)
    {
        await using var held = await ModelLock.TakeAsync(database, session.Run.Model, session.Stopping);
        await crashed.RefuseAsync(session);
        return session.Run.Trigger switch
        {
            RunTrigger.Rollback => await rollback.RunAsync(session),
            RunTrigger.Rename => await rename.RunAsync(session),
            _ => await statements.RunAsync(session),
        };
    }
}

/// <summary>Hands a run that a statement asks for to the handler of its kind.</summary>
internal sealed class StatementHandlers(
    BuildHandler build, EmbeddingBuildHandler embedding, FitHandler fit, UploadHandler upload, DeleteHandler delete, GetModelHandler get)
{
    public async Task<RunResult> RunAsync(RunSession session)
    {
        var statement = ThanoSqlParser.Parse(session.Run.Statement).Statement;
        return statement switch
        {
            BuildModelStatement { Algorithm.Text: EmbeddingModel.Algorithm } s => await embedding.RunAsync(s, session),
            BuildModelStatement s => await build.RunAsync(s, session),
            FitModelStatement s => await fit.RunAsync(s, session),
            UploadModelStatement s => await upload.RunAsync(s, session),
            DeleteModelStatement s => await delete.RunAsync(s, session),
            GetModelStatement s => await get.RunAsync(s, session),
            _ => throw new QueryException(
                ErrorCode.NotSupported,
                $"A training run takes BUILD, FIT, UPLOAD, DELETE or GET THANOSQL MODEL, not {statement?.Verb ?? "plain SQL"}."),
        };
    }
}

/// <summary>How a run ended well: promoted, refused or skipped.</summary>
/// <param name="Outcome">For people.</param>
internal sealed record RunResult(RunState State, string Outcome);

/// <summary>
/// <c>DELETE MODEL m</c>: the model with all versions, keywords and files, and the trunks that were made for it alone. Pipelines that fill tables
/// with it wait from then on. A name that GET THANOSQL MODEL gave to weights goes with them; models made on them keep working.
/// </summary>
internal sealed class DeleteHandler(ModelCatalog models, EmbeddingSpaces spaces, NamedTrunks named, IOptions<ModelOptions> options)
{
    public async Task<RunResult> RunAsync(DeleteModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        new OptionReader(text, statement).Complete();
        var name = statement.Model.Folded;
        if (await models.FindAsync(name, session.Stopping) is not { } model)
        {
            if (named.Remove(name))
                return new RunResult(RunState.Promoted, $"The name '{name}' is no more; its weights stay for others.");
            var names = (await models.ListAsync(session.Stopping)).Select(m => m.Name);
            var meant = NearestName.Of(name, names) is { } nearest ? $" Did you mean '{nearest}'?" : "";
            throw new QueryException(
                ErrorCode.UnknownModel, $"There is no model '{name}'.{meant}", TextPosition.Of(text, statement.Model.Span.Start));
        }
        var left = await models.DeleteAsync(model.ModelId, session.Stopping);
        foreach (var artifact in left.Artifacts)
            File.Delete(Path.Combine(options.Value.Folder, artifact));
        foreach (var trunk in left.Trunks)
            await spaces.ReleaseAsync(trunk, session.Stopping);
        return new RunResult(RunState.Promoted, $"Model '{name}' is deleted.");
    }
}
