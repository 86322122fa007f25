using System.Text.Json.Serialization;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Query.Images;

/// <summary>
/// <c>GET /api/v1/failures</c>, <c>POST /api/v1/failures/retry</c> and <c>/dismiss</c>: what went wrong with images, and what to do about it.
/// </summary>
internal static class FailureApi
{
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

    private static async Task<IResult> ListAsync(HttpContext context, string? kind, [FromServices] FailureLedger ledger, int limit = 100) =>
        TypedResults.Ok(await ledger.ListAsync(KindOf(kind), Math.Clamp(limit, 1, 1000), context.RequestAborted));

    private static async Task<IResult> RetryAsync(
        HttpContext context, [FromBody] Selection? which, [FromServices] FailureLedger ledger, [FromServices] IOptions<SqlOptions> sql) =>
        TypedResults.Ok(new Changed(await ledger.RetryAsync(Select(which, sql.Value), context.RequestAborted)));

    private static async Task<IResult> DismissAsync(
        HttpContext context, [FromBody] Selection? which, [FromServices] FailureLedger ledger, [FromServices] IOptions<SqlOptions> sql) =>
        TypedResults.Ok(new Changed(await ledger.DismissAsync(Select(which, sql.Value), context.RequestAborted)));

    private static FailureSelection Select(Selection? which, SqlOptions sql)
    {
        var kind = KindOf(which?.Kind);
        if (which?.Path is null)
            return new FailureSelection(Kind: kind);
        var path = StorePath.Parse(which.Path, sql.Workspace);
        return new FailureSelection(path.Bucket, path.Key, kind);
    }

    private static FailureKind? KindOf(string? word)
    {
        if (word is null)
            return null;
        return Enum.GetNames<FailureKind>().Contains(word, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<FailureKind>(word, ignoreCase: true)
            : throw new QueryException(
                ErrorCode.BadRequest, $"There is no kind of failure '{word}'.", hint: "There are: transient, poison, table, event.");
    }

    /// <param name="Path">One image; null for all.</param>
    /// <param name="Kind"><c>transient</c>, <c>poison</c>, <c>table</c> or <c>event</c>; null for all.</param>
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)] // a misspelt field would select all
    internal sealed record Selection(string? Path, string? Kind);

    /// <param name="Count">How many failures.</param>
    internal sealed record Changed(int Count);
}
