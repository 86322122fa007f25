using System.Net.Sockets;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Language;
using ThanoSql.Planning;
using ThanoSql.Storage;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Errors;

/// <summary>Whatever went wrong, as the client is told.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A stable name, or PostgreSQL's SQLSTATE.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="Position">Where in the statement.</param>
/// <param name="Hint">What to write instead.</param>
internal sealed record QueryError(int Status, string Code, string Message, TextPosition? Position = null, string? Hint = null)
{
    /// <summary>Message, place and hint in one text, for clients that show nothing else.</summary>
    public string Text => string.Concat(Message, Position is { } at ? $" ({at})" : "", Hint is { Length: > 0 } ? $"\n{Hint}" : "");

    public static QueryError Of(Exception error) => error switch
    {
        ThanoSqlSyntaxException syntax => new QueryError(400, syntax.Code, syntax.Message, syntax.Position, syntax.Hint),
        QueryException query => new QueryError(ErrorStatus.Of(query.Code), query.Code, query.Message, query.Position, query.Hint),
        CatalogException catalog => new QueryError(400, ErrorCodes.BadRequest, catalog.Message),
        ImageRejectedException rejected =>
            new QueryError(rejected.Reason == ImageRejection.TooManyPixels ? 413 : 415, rejected.Code, rejected.Message),
        InvalidPathException path => new QueryError(400, ErrorCodes.BadRequest, path.Message),
        BucketNotFoundException bucket => new QueryError(404, ErrorCodes.NotFound, bucket.Message),
        StoreUnavailableException store =>
            new QueryError(503, ErrorCodes.Unavailable, $"The object store does not answer: {store.Message} Ask again in a moment."),
        StoreException store => new QueryError(502, ErrorCodes.Unavailable, store.Message),
        PostgresException postgres => new QueryError(ErrorStatus.Of(postgres.SqlState), postgres.SqlState, postgres.MessageText, null, postgres.Hint),
        NpgsqlException or SocketException => new QueryError(503, ErrorCodes.Unavailable, "The database does not answer: ask again in a moment."),
        _ => new QueryError(500, ErrorCodes.Internal, "The service failed; its log says why."),
    };
}
