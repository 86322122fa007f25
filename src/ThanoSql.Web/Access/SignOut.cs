using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Routing;

namespace ThanoSql.Web.Access;

/// <summary><c>POST /sign-out</c>, of the page's own form.</summary>
internal static class SignOut
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost("/sign-out", EndAsync)
        .WithMetadata(new PageEndpoint()).ExcludeFromDescription();

    private static async Task<IResult> EndAsync(HttpContext context, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return Results.BadRequest();
        await context.SignOutAsync(PageCookie.SchemeName);
        return Results.LocalRedirect($"{context.Request.PathBase.ToUriComponent()}/sign-in");
    }
}
