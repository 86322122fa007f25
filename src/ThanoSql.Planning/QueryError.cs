using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using ThanoSql.Catalog.Destinations;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tables;
using ThanoSql.Storage;
using ThanoSql.Storage.Events;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Planning;

/// <summary>Whatever went wrong, as the caller is told: over HTTP, over the websocket, in a training run and on the command line.</summary>
/// <param name="Message">What happened and what to do.</param>
/// <param name="Position">Where in the statement.</param>
/// <param name="Hint">What to write instead.</param>
public sealed record QueryError(ErrorCode Code, string Message, TextPosition? Position = null, string? Hint = null)
{
    /// <summary>Of HTTP; the code's, unless the request itself was wrong in another way.</summary>
    public int Status { get; init; } = Code.Status;

    /// <summary>The training run that it is about; null when it is about none.</summary>
    public long? Run { get; init; }

    /// <summary>Message, place and hint in one text, for clients that show nothing else.</summary>
    public string Text => string.Concat(Message, Position is { } at ? $" ({at})" : "", Hint is { Length: > 0 } ? $"\n{Hint}" : "");

    /// <returns>With <see cref="ErrorCode.Internal"/> for an exception that nobody expects: a mistake of ours, to be logged in full.</returns>
    public static QueryError Of(Exception error) => error switch
    {
        QueryException e => new(e.Code, e.Message, e.Position, e.Hint) { Run = e.Run },
        ThanoSqlSyntaxException e => new(ErrorCode.OfSyntax(e.Code), e.Message, e.Position, e.Hint),
        SessionLimitException => new(ErrorCode.ResourceLimit, error.Message, Hint: "Ask for less at once: with WHERE, LIMIT, or fewer columns."),
        CatalogException => new(ErrorCode.Catalog, error.Message),
        TableTroubleException => new(ErrorCode.Unavailable, error.Message),
        TooManyRunsException => new(ErrorCode.TooManyRequests, error.Message),
        DestinationTakenException => new(ErrorCode.AlreadyExists, error.Message),
        TrainingRunOpenException => new(ErrorCode.AlreadyExists, error.Message),
        PipelineFileException or PipelineConflictException or UnreadableEventException => new(ErrorCode.BadRequest, error.Message),
        ImageRejectedException e => new(ErrorCode.Of(e.Reason), e.Message),
        ModelFileException => new(ErrorCode.UnusableModel, error.Message),
        TrunkException => new(ErrorCode.TrunkNotAvailable, error.Message),
        InvalidPathException or BlockedPathException => new(ErrorCode.BadRequest, error.Message),
        BucketNotFoundException => new(ErrorCode.BucketNotFound, error.Message),
        StoreAbsentException => new(ErrorCode.StoreUnavailable, error.Message),
        StoreUnavailableException => new(ErrorCode.StoreUnavailable, $"The object store does not answer: {error.Message} Ask again in a moment."),
        StoreException => new(ErrorCode.StoreRefused, error.Message),
        PromotionInterruptedException => new(ErrorCode.Unavailable, $"{error.Message} Ask again in a moment."),
        PostgresException e => new(ErrorCode.OfSqlState(e.SqlState), e.MessageText, Hint: e.Hint),
        NpgsqlException or SocketException => new(ErrorCode.Unavailable, "The database does not answer: ask again in a moment."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(ErrorCode.TooLarge, error.Message),
        BadHttpRequestException e => new(ErrorCode.BadRequest, e.Message) { Status = e.StatusCode },
        // Kestrel's, for a chunk whose size is no number of its
        IOException { InnerException: OverflowException } => new(ErrorCode.BadRequest, $"The request's body cannot be read: {error.Message}"),
        _ => new(ErrorCode.Internal, "The service failed; its log says why."),
    };

    /// <summary>
    /// Of a training run. Errors in a user's SQL are <see cref="QueryException"/>s there, so any other error of PostgreSQL is one in our own SQL. A
    /// mistake of ours keeps its message: operators read the run.
    /// </summary>
    public static QueryError OfRun(Exception error) =>
        error is not PostgresException { IsTransient: false } && Of(error) is { } told && told.Code != ErrorCode.Internal
            ? told
            : new QueryError(ErrorCode.Internal, error.Message);

    /// <summary>Whether the message says what to do, so that a stack trace would only hide it.</summary>
    public static bool IsExpected(Exception error) => Of(error).Code != ErrorCode.Internal;
}
