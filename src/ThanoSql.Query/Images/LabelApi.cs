using System.Text.Json.Serialization;
using ThanoSql.Catalog.Labels;

namespace ThanoSql.Query.Images;

/// <summary>
/// <c>PUT /api/v1/images/{path}/label</c>: gives a human label; <c>GET /api/v1/labels</c>: human labels, and what waits to be confirmed.
/// </summary>
internal static class LabelApi
{
    private const int Width = 240;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        // A path may hold slashes, so nothing can follow it in a route
        endpoints.MapPut("/api/v1/images/{**path:regex(.+/label$)}", SetAsync)
            .Require(TokenScope.Write)
            .Accepts<LabelBody>("application/json", "text/plain", "application/x-www-form-urlencoded")
            // beside StoreImage, of which the description tells: OpenAPI knows no paths with slashes
            .WithName("LabelImage").ExcludeFromDescription();
        endpoints.MapGet("/api/v1/labels", ListAsync)
            .Require(TokenScope.Query)
            .WithName("Labels").WithTags("images")
            .WithSummary("Human labels, the latest first; state 'to confirm': the picture was overwritten since")
            .Produces<IReadOnlyList<LabelOfImage>>();
    }

    private static async Task<IResult> SetAsync(
        HttpContext context, string path, [FromServices] LabelLedger labels, [FromServices] IOptions<SqlOptions> sql)
    {
        var image = StorePath.Parse(path[..^"/label".Length], sql.Value.Workspace);
        var labelled = await labels.SetAsync(
            image.Bucket, image.Key, await LabelAsync(context), TokenAuthentication.TokenOf(context).Name, context.RequestAborted);
        if (labelled.Count == 0)
        {
            throw new QueryException(
                ErrorCode.NotFound, $"No pipeline shows a picture '{StorePath.Format(image, sql.Value.Workspace)}'.",
                hint: "Labels are for pictures that are stored under a pipeline's prefix, or that a row of its table names.");
        }

        return TypedResults.Ok(new LabelledImage(StorePath.Format(image, sql.Value.Workspace), labelled.Values.First(), [.. labelled.Keys]));
    }

    /// <summary>Of the body, whatever its content type.</summary>
    private static async Task<string?> LabelAsync(HttpContext context)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync<LabelBody>(context.Request.Body, JsonSerializerOptions.Web, context.RequestAborted);
            if (body is not null && body.Label?.Trim() is not "")
                return body.Label?.Trim();
        }
        catch (JsonException)
        {
            // Told below
        }
        throw new QueryException(
            ErrorCode.BadRequest, "The body names no label.", hint: """Send {"label": "…"}; {"label": null} takes a label back.""");
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, string? state, [FromServices] LabelLedger labels, [FromServices] ImageLinks links,
        [FromServices] IOptions<SqlOptions> sql, int limit = 100)
    {
        if (state is not (null or "confirmed" or "to confirm"))
            throw new QueryException(ErrorCode.BadRequest, $"There is no state '{state}'.", hint: "There are: confirmed, to confirm.");
        var found = new List<LabelOfImage>();
        foreach (var label in await labels.ListAsync(state, Math.Clamp(limit, 1, 1000), context.RequestAborted))
        {
            var image = new ObjectPath(label.Bucket, label.Path);
            var (url, _) = await links.CreateAsync(image, Width, Caller.Of(context), context.RequestAborted);
            found.Add(new LabelOfImage(
                StorePath.Format(image, sql.Value.Workspace), label.Pipeline, label.Model, label.Label, label.State, label.LabelledBy,
                label.LabelledAt, url));
        }
        return TypedResults.Ok(found);
    }

    /// <param name="Label">What the picture shows; null takes its label back.</param>
    internal sealed record LabelBody([property: JsonRequired] string? Label);

    /// <param name="Path">As SQL and search show it.</param>
    /// <param name="Label">As it is kept: a synonym became its label.</param>
    /// <param name="Pipelines">That show the picture.</param>
    internal sealed record LabelledImage(string Path, string? Label, IReadOnlyList<string> Pipelines);

    /// <param name="ImageUrl">A signed link for <c>&lt;img&gt;</c>.</param>
    internal sealed record LabelOfImage(
        string Path, string Pipeline, string Model, string Label, string State, string LabelledBy, DateTime LabelledAt, string ImageUrl);
}
