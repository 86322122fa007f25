using Npgsql;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Trainer.Building;
using ThanoSql.Trainer.Switching;

namespace ThanoSql.Trainer.Runs;

/// <summary>Hands a run to who does such runs, under the lock of its model.</summary>
internal sealed class RunDispatcher(
    NpgsqlDataSource database, BuildHandler build, FitHandler fit, UploadHandler upload, DeleteHandler delete, RollbackHandler rollback)
{
    public async Task<RunResult> RunAsync(RunSession session)
    {
        await using var held = await ModelLock.TakeAsync(database, session.Run.Model, session.Stopping);
        if (session.Run.Trigger == RunTrigger.Rollback)
            return await rollback.RunAsync(session);
        var statement = ThanoSqlParser.Parse(session.Run.Statement).Statement;
        return statement switch
        {
            BuildModelStatement s => await build.RunAsync(s, session),
            FitModelStatement s => await fit.RunAsync(s, session),
            UploadModelStatement s => await upload.RunAsync(s, session),
            DeleteModelStatement s => await delete.RunAsync(s, session),
            _ => throw new QueryException(
                ErrorCode.NotSupported, $"A training run takes BUILD, FIT, UPLOAD or DELETE MODEL, not {statement?.Verb ?? "plain SQL"}."),
        };
    }
}
