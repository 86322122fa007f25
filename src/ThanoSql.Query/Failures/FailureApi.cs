using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;
using ThanoSql.Query.Access;
using ThanoSql.Storage;

namespace ThanoSql.Query.Failures;

/// <summary>
/// <c>GET /api/v1/failures</c>, <c>POST /api/v1/failures/retry</c> and <c>/dismiss</c>: what went wrong with images, and what to do about it.
/// </summary>
internal static class FailureApi
{
    private static readonly string[] Kinds = ["transient", "poison", "table", "event"];

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/v1/failures", ListAsync)
            .Require(TokenScope.Query).WithName("Failures").WithTags("failures")
            .WithSummary("Images that could not be indexed, newest first: path, kind, reason, attempts, times").Produces<IReadOnlyList<Failure>>();
        endpoints.MapPost("/api/v1/failures/retry", RetryAsync)
            .Require(TokenScope.Admin).WithName("RetryFailures").WithTags("failures")
            .WithSummary("Tries failed images again: one by path, all of a kind, or all").Produces<Changed>();
        endpoints.MapPost("/api/v1/failures/dismiss", DismissAsync)
            .Require(TokenScope.Admin).WithName("DismissFailures").WithTags("failures")
            .WithSummary("Takes failures off the list: one by path, all of a kind, or all").Produces<Changed>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, string? kind, [FromServices] NpgsqlDataSource owner, int limit = 100)
    {
        await using var command = owner.CreateCommand("""
            SELECT bucket, path, kind, reason, attempts, first_time, last_time, next_attempt FROM thanosql.failures
            WHERE $1::text IS NULL OR kind = $1 ORDER BY last_time DESC NULLS LAST LIMIT $2
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)kind ?? DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter { Value = Math.Clamp(limit, 1, 1000) });
        await using var reader = await command.ExecuteReaderAsync(context.RequestAborted);
        var failures = new List<Failure>();
        while (await reader.ReadAsync(context.RequestAborted))
            failures.Add(Failure.Read(reader));
        return TypedResults.Ok(failures);
    }

    private static async Task<IResult> RetryAsync(
        HttpContext context, [FromBody] Selection? which, [FromServices] FailureLedger ledger, [FromServices] IOptions<SqlOptions> sql) =>
        TypedResults.Ok(new Changed(await ledger.RetryAsync(Select(which, sql.Value), context.RequestAborted)));

    private static async Task<IResult> DismissAsync(
        HttpContext context, [FromBody] Selection? which, [FromServices] FailureLedger ledger, [FromServices] IOptions<SqlOptions> sql) =>
        TypedResults.Ok(new Changed(await ledger.DismissAsync(Select(which, sql.Value), context.RequestAborted)));

    private static FailureSelection Select(Selection? which, SqlOptions sql)
    {
        if (which?.Kind is { } kind && !Kinds.Contains(kind))
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"There is no kind of failure '{kind}'.", hint: $"There are: {string.Join(", ", Kinds)}.");
        }

        if (which?.Path is null)
            return new FailureSelection(Kind: which?.Kind);
        var path = StorePath.Parse(which.Path, sql.Workspace);
        return new FailureSelection(path.Bucket, path.Key, which.Kind);
    }

    /// <param name="Path">One image; null for all.</param>
    /// <param name="Kind"><c>transient</c>, <c>poison</c>, <c>table</c> or <c>event</c>; null for all.</param>
    internal sealed record Selection(string? Path, string? Kind);

    /// <param name="Count">How many failures.</param>
    internal sealed record Changed(int Count);

    internal sealed record Failure(
        string? Bucket, string? Path, string Kind, string? Reason, int Attempts, DateTime? FirstTime, DateTime? LastTime, DateTime? NextAttempt)
    {
        public static Failure Read(NpgsqlDataReader row) => new(
            Text(row, 0), Text(row, 1), row.GetString(2), Text(row, 3), row.GetInt32(4), Time(row, 5), Time(row, 6), Time(row, 7));

        private static string? Text(NpgsqlDataReader row, int i) => row.IsDBNull(i) ? null : row.GetString(i);

        private static DateTime? Time(NpgsqlDataReader row, int i) => row.IsDBNull(i) ? null : row.GetDateTime(i);
    }
}
