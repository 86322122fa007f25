using ThanoSql.Catalog;
using ThanoSql.Catalog.Runs;
using ThanoSql.Language;
using ThanoSql.Planning;
using ThanoSql.Storage;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Trainer.Runs;

/// <summary>Exceptions as the errors of a run.</summary>
internal static class RunErrors
{
    /// <returns>Null for one that is no fault of the statement, its data or the installation: a mistake of ours, to be logged in full.</returns>
    public static RunError? Of(Exception exception) => exception switch
    {
        TrainingException e => new RunError(e.Code, e.Message, e.Position?.Offset),
        QueryException e => new RunError(e.Code, e.Message, e.Position?.Offset, e.Hint),
        ThanoSqlSyntaxException e => new RunError(e.Code, e.Message, e.Position.Offset, e.Hint),
        TrunkException e => new RunError(TrainingErrorCodes.TrunkNotAvailable, e.Message),
        StoreUnavailableException e => new RunError("store_unavailable", e.Message),
        BucketNotFoundException e => new RunError("bucket_not_found", e.Message),
        StoreRefusedException e => new RunError("store_refused", e.Message),
        CatalogException e => new RunError("catalog", e.Message),
        _ => null,
    };
}
