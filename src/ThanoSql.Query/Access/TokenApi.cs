using System.ComponentModel;
using ThanoSql.Catalog.Audits;

namespace ThanoSql.Query.Access;

/// <summary><c>GET</c> and <c>POST /api/v1/tokens</c>, <c>PATCH</c> and <c>DELETE /api/v1/tokens/{name}</c>: tokens, by an admin.</summary>
internal static class TokenApi
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/v1/tokens", ListAsync)
            .Require(TokenScope.Admin).WithName("Tokens").WithTags("tokens")
            .WithSummary("All tokens, by name, those that were revoked too; never a secret")
            .Produces<IReadOnlyList<TokenView>>();
        endpoints.MapPost("/api/v1/tokens", CreateAsync)
            .Require(TokenScope.Admin).WithName("CreateToken").WithTags("tokens")
            .WithSummary("Makes a token; the answer alone has its secret, this once")
            .Accepts<TokenToMake>("application/json", "text/plain", "application/x-www-form-urlencoded")
            .Produces<CreatedToken>(201).ProducesProblem(400);
        endpoints.MapPatch("/api/v1/tokens/{**name}", ChangeAsync)
            .Require(TokenScope.Admin).WithName("ChangeToken").WithTags("tokens")
            .WithSummary("Changes when a token ends and what restricts it, within a second everywhere; null takes a restriction away")
            .Accepts<TokenPatch>("application/json", "application/merge-patch+json", "text/plain", "application/x-www-form-urlencoded")
            .Produces<TokenView>().ProducesProblem(400).ProducesProblem(404);
        endpoints.MapDelete("/api/v1/tokens/{**name}", RevokeAsync)
            .Require(TokenScope.Admin).WithName("RevokeToken").WithTags("tokens")
            .WithSummary("Ends a token, what it is still doing and its image links, within a second; twice is no error")
            .Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] TokenCatalog tokens) =>
        TypedResults.Ok((await tokens.ListAsync(context.RequestAborted)).Select(TokenView.Of));

    private static async Task<IResult> CreateAsync(HttpContext context, [FromServices] TokenCatalog tokens)
    {
        var (token, secret) = await tokens.CreateAsync(await TokenPatch.ReadNewAsync(context), ActorOf(context), context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new CreatedToken(secret, TokenView.Of(token)), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> ChangeAsync(
        HttpContext context, [Description("The token's.")] string name, [FromServices] TokenCatalog tokens, [FromServices] RecentTokens recent)
    {
        var changed = await tokens.ChangeAsync(name, await TokenPatch.ReadAsync(context), ActorOf(context), context.RequestAborted)
            ?? throw Unknown(name, " in force");
        recent.Forget(changed.Id);
        return TypedResults.Ok(TokenView.Of(changed));
    }

    private static async Task<IResult> RevokeAsync(
        HttpContext context, [Description("The token's.")] string name, [FromServices] TokenCatalog tokens) =>
        await tokens.RevokeAsync(name, ActorOf(context), context.RequestAborted) || await tokens.IsKnownAsync(name, context.RequestAborted)
            ? TypedResults.NoContent()
            : throw Unknown(name, "");

    private static string ActorOf(HttpContext context) => Actor.OfToken(TokenAuthentication.TokenOf(context).Name);

    private static QueryException Unknown(string name, string inForce) => new(
        ErrorCode.NotFound, $"There is no token '{name}'{inForce}.", hint: "GET /api/v1/tokens lists them all.");

    /// <param name="Secret">What <c>Authorization: Bearer …</c> carries; it cannot be shown again.</param>
    internal sealed record CreatedToken(string Secret, TokenView Token);
}

/// <summary>A token as an admin sees it.</summary>
/// <param name="Tables">That it searches; empty: all.</param>
/// <param name="Prefixes">Folders of the pictures that it sees; empty: all.</param>
/// <param name="Origins">Of the pages that use it; empty: as <c>Query:Cors:Origins</c> says.</param>
/// <param name="PerMinute">Requests; null: any number.</param>
/// <param name="LastUsedAt">To a minute; null: not yet.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="RevokedAt">Null: in force.</param>
internal sealed record TokenView(
    string Name, TokenScope Scope, IReadOnlyList<string> Tables, IReadOnlyList<string> Prefixes, IReadOnlyList<string> Origins, int? PerMinute,
    DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    public static TokenView Of(ApiToken token) => new(
        token.Name, token.Scope, token.Restrictions.Tables, token.Restrictions.Prefixes, token.Restrictions.Origins, token.Restrictions.PerMinute,
        token.CreatedAt, token.LastUsedAt, token.ExpiresAt, token.RevokedAt);
}
