using ThanoSql.Catalog.Images;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Images;

/// <summary>
/// <c>POST /api/v1/links</c>: picture links for a chosen time and size, for letters, feeds and other places that do not search again.
/// </summary>
internal static class LinkApi
{
    private const int MostPaths = 1000;
    private const int UsualWidth = 240;
    private const int UsualMinutes = 24 * 60;

    /// <summary>How long a link holds at most.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/v1/links", CreateAsync)
            .Require(TokenScope.Query).WithName("CreateLinks").WithTags("links")
            .WithSummary("Links to pictures that need no token, for 1 minute to 30 days; they end with the token that asked for them")
            .Accepts<LinkBody>("application/json", "text/plain", "application/x-www-form-urlencoded")
            .Produces<PictureLinks>().ProducesProblem(400);

    private static async Task<IResult> CreateAsync(
        HttpContext context, [FromServices] ImageLinks links, [FromServices] ServiceDatabase service, [FromServices] IOptions<SqlOptions> sql,
        [FromServices] TimeProvider time)
    {
        var body = await BodyFields.ReadAsync(context, ["paths", "width", "minutes"]);
        var paths = body.Texts("paths") ?? throw BodyFields.Bad("'paths' is missing.", "It lists pictures as SQL and search show them.");
        if (paths.Count > MostPaths)
            throw BodyFields.Bad(string.Create(CultureInfo.InvariantCulture, $"'paths' takes {MostPaths} paths, not {paths.Count}."));
        var minutes = body.Whole("minutes", 1, (int)Longest.TotalMinutes) ?? UsualMinutes;
        var request = context.Request;
        var made = await links.ForAsync(
            new LinkTraits(
                body.Whole("width", 16, 2048) ?? UsualWidth, TokenAuthentication.TokenOf(context).Id,
                time.GetUtcNow().AddMinutes(minutes).ToUnixTimeSeconds(),
                $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}"),
            context.RequestAborted);

        var pictures = paths.Select(path => StorePath.Parse(path, sql.Value.Workspace)).ToList();
        var known = await KnownImages.FindAsync(
            service.Source, [.. pictures.Select(p => p.Bucket)], [.. pictures.Select(p => p.Key)], trunkId: 0, views: 0, context.RequestAborted);
        return TypedResults.Ok(new PictureLinks(made.Expires.UtcDateTime, [.. paths.Select((path, at) =>
            new PictureLink(path, known[at].State is null or ImageState.Gone ? null : Encoding.UTF8.GetString(made.Of(pictures[at]))))]));
    }

    /// <param name="Paths">Of pictures, up to 1,000, as SQL and search show them.</param>
    /// <param name="Width">Pixels, 16 to 2048; 240 when it is left out.</param>
    /// <param name="Minutes">For which the links hold, 1 to 43,200 (30 days); 1,440 (a day) when it is left out.</param>
#pragma warning disable CA1812 // described by the OpenAPI document only: the body is read by hand
    private sealed record LinkBody(IReadOnlyList<string> Paths, int? Width, int? Minutes);
#pragma warning restore CA1812

    /// <param name="Expires">When the links end.</param>
    /// <param name="Links">One for each path, in order.</param>
    internal sealed record PictureLinks(DateTime Expires, IReadOnlyList<PictureLink> Links);

    /// <param name="Path">As it was asked for.</param>
    /// <param name="Url">With scheme and host; null when no such picture is known.</param>
    internal sealed record PictureLink(string Path, string? Url);
}
