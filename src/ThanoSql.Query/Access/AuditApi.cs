using ThanoSql.Catalog.Audits;

namespace ThanoSql.Query.Access;

/// <summary><c>GET /api/v1/audit</c>: who changed models, tokens and labels.</summary>
internal static class AuditApi
{
    private const int MostDays = 36_500;
    private const int MostEntries = 10_000;

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/v1/audit", ListAsync)
            .Require(TokenScope.Admin).WithName("Audit").WithTags("audit")
            .WithSummary("Changes of models, tokens and labels of the last days (30), the latest first, up to limit (1,000): who, when, what")
            .Produces<IReadOnlyList<AuditEntry>>();

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] AuditLedger audit, int days = 30, int limit = 1000) =>
        TypedResults.Ok(await audit.ListAsync(Math.Clamp(days, 1, MostDays), Math.Clamp(limit, 1, MostEntries), context.RequestAborted));
}
