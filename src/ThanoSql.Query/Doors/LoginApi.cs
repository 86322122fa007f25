using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Doors;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Doors;

/// <summary><c>POST</c> and <c>DELETE /api/v1/logins</c>: logins of PostgreSQL for the token that asks.</summary>
internal static class LoginApi
{
    private const int UsualMinutes = 8 * 60;
    private const int MostMinutes = 720 * 60;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/api/v1/logins", OpenAsync)
            .Require(TokenScope.Query).WithName("CreateLogin").WithTags("logins")
            .WithSummary("Gives a short-lived login of PostgreSQL with this token's rights; the answer alone has its password, this once")
            .Accepts<LoginToMake>("application/json", "text/plain", "application/x-www-form-urlencoded")
            .Produces<MadeLogin>(201).ProducesProblem(400);
        endpoints.MapDelete("/api/v1/logins", CloseAsync)
            .Require(TokenScope.Query).WithName("EndLogins").WithTags("logins")
            .WithSummary("Ends this token's logins of PostgreSQL, and within a second their sessions; twice is no error")
            .Produces(204);
    }

    private static async Task<IResult> OpenAsync(HttpContext context, [FromServices] DoorLogins logins)
    {
        var body = await BodyFields.ReadAsync(context, ["minutes"]);
        var token = TokenAuthentication.TokenOf(context);
        var minutes = body.Whole("minutes", 1, MostMinutes) ?? UsualMinutes;
        var login = await logins.OpenAsync(token, TimeSpan.FromMinutes(minutes), Actor.OfToken(token.Name), context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(MadeLogin.Of(login), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> CloseAsync(HttpContext context, [FromServices] DoorLogins logins)
    {
        await logins.CloseAsync(TokenAuthentication.TokenOf(context).Id, context.RequestAborted);
        return TypedResults.NoContent();
    }

    /// <param name="Minutes">For which it holds; 480 (8 hours) when it is left out. It ends with the token in any case.</param>
#pragma warning disable CA1812 // described by the OpenAPI document only: the body is read by hand
    private sealed record LoginToMake(int? Minutes);
#pragma warning restore CA1812

    /// <param name="Host">A name, an address, or the folder of a Unix socket.</param>
    /// <param name="Password">It cannot be shown again.</param>
    /// <param name="Scope"><c>query</c> or <c>write</c>.</param>
    /// <param name="Url">For psql, psycopg and SQLAlchemy; with the password.</param>
    internal sealed record MadeLogin(
        string Host, int Port, string Database, string User, string Password, string Scope, DateTimeOffset ExpiresAt, string Url)
    {
        public static MadeLogin Of(DoorLogin login) => new(
            login.Host, login.Port, login.Database, login.User, login.Password, login.Scope, login.ExpiresAt, login.Url);
    }
}
