using System.ComponentModel;
using System.Text.Json.Serialization;
using ThanoSql.Catalog.Labels;

namespace ThanoSql.Query.Labels;

/// <summary>
/// <c>/api/v1/labels</c>: what people say that pictures show. <c>PUT</c> and <c>GET</c> of <c>/api/v1/labels/{path}</c> for one picture,
/// <see cref="LabelBatchApi"/> for many.
/// </summary>
internal static class LabelApi
{
    private const int Width = 240;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPut("/api/v1/labels/{**path}", SetAsync)
            .Require(TokenScope.Write)
            .Accepts<LabelBody>("application/json", "text/plain", "application/x-www-form-urlencoded")
            .WithName("SetLabel").WithTags("labels")
            .WithSummary("Sets or confirms the human label of a picture; null takes it back")
            .Produces<LabelledImage>().ProducesProblem(400).ProducesProblem(404);
        endpoints.MapGet("/api/v1/labels/{**path}", OfAsync)
            .Require(TokenScope.Query)
            .WithName("LabelsOfImage").WithTags("labels")
            .WithSummary("The labels of a picture, and its history: who said what, when, the latest first")
            .Produces<LabelsOfImage>().ProducesProblem(400).ProducesProblem(404);
        endpoints.MapGet("/api/v1/labels", ListAsync)
            .Require(TokenScope.Query)
            .WithName("Labels").WithTags("labels")
            .WithSummary("Human labels, the latest first; or all of them, with what it takes to train elsewhere, as CSV")
            .Produces<IReadOnlyList<LabelOfImage>>().ProducesProblem(400);
    }

    private static async Task<IResult> SetAsync(
        HttpContext context, [Description("Of the picture, as SQL and search show it.")] string path, [FromServices] LabelLedger labels,
        [FromServices] IOptions<SqlOptions> sql)
    {
        var image = StorePath.Parse(path, sql.Value.Workspace);
        var said = new SaidLabel(image.Bucket, image.Key, await LabelAsync(context));
        var outcome = (await labels.SetAsync([said], Speaker.Of(TokenAuthentication.TokenOf(context)), context.RequestAborted))[0];
        return outcome.Failure(StorePath.Format(image, sql.Value.Workspace)) is { } failure
            ? throw failure
            : TypedResults.Ok(LabelledImage.Of(StorePath.Format(image, sql.Value.Workspace), outcome));
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

    private static async Task<IResult> OfAsync(
        HttpContext context, [Description("Of the picture, as SQL and search show it.")] string path, [FromServices] LabelLedger labels,
        [FromServices] IOptions<SqlOptions> sql)
    {
        var image = StorePath.Parse(path, sql.Value.Workspace);
        var history = await labels.HistoryAsync(image.Bucket, image.Key, context.RequestAborted);
        if (history.Count == 0)
        {
            throw new QueryException(
                ErrorCode.NotFound, $"Nobody has said what '{StorePath.Format(image, sql.Value.Workspace)}' shows.",
                hint: "GET /api/v1/labels lists the pictures that have a label.");
        }
        var inForce = await labels.OfAsync(image.Bucket, image.Key, context.RequestAborted);
        return TypedResults.Ok(new LabelsOfImage(
            StorePath.Format(image, sql.Value.Workspace),
            [.. inForce.Select(l => new LabelInForce(l.Pipeline, l.Model, l.Label, l.State, l.LabelledBy, l.LabelledAt))], history));
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        [Description("'confirmed', 'to confirm' (the picture was overwritten since) or 'disputed' (two people disagree); all without it.")]
        string? state,
        [Description("'json' (default), or 'csv' for all labels: path, label, who, when, split, state, pipeline, model, sha256.")] string? format,
        [FromServices] LabelLedger labels, [FromServices] ImageLinks links, [FromServices] IOptions<SqlOptions> sql,
        [Description("1 to 1000; of JSON only.")] int limit = 100)
    {
        if (state is not (null or "confirmed" or "to confirm" or "disputed"))
            throw new QueryException(ErrorCode.BadRequest, $"There is no state '{state}'.", hint: "There are: confirmed, to confirm, disputed.");
        if (format is not (null or "json" or "csv"))
            throw new QueryException(ErrorCode.BadRequest, $"There is no format '{format}'.", hint: "There are: json, csv.");
        if (format == "csv")
        {
            if (state is not null)
                throw new QueryException(ErrorCode.BadRequest, "'format=csv' gives all labels: it takes no 'state'.", hint: "Leave 'state' away.");
            return TypedResults.Stream(
                stream => LabelCsv.WriteAsync(stream, labels.ExportAsync(context.RequestAborted), sql.Value.Workspace, context.RequestAborted),
                LabelCsv.ContentType, "labels.csv");
        }
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

    /// <param name="State"><c>confirmed</c>, <c>to confirm</c> or <c>disputed</c>.</param>
    internal sealed record LabelInForce(string Pipeline, string Model, string Label, string State, string LabelledBy, DateTime LabelledAt);

    /// <param name="Path">As SQL and search show it.</param>
    /// <param name="Labels">In force, one for each pipeline that shows the picture.</param>
    /// <param name="History">The latest first.</param>
    internal sealed record LabelsOfImage(string Path, IReadOnlyList<LabelInForce> Labels, IReadOnlyList<LabelWord> History);

    /// <param name="ImageUrl">A signed link for <c>&lt;img&gt;</c>.</param>
    internal sealed record LabelOfImage(
        string Path, string Pipeline, string Model, string Label, string State, string LabelledBy, DateTime LabelledAt, string ImageUrl);
}

/// <param name="Path">As SQL and search show it.</param>
/// <param name="Label">In force now, as it is kept: a synonym became its label. Null when there is none.</param>
/// <param name="State"><c>confirmed</c>, or <c>disputed</c> when another person's last word differs; null without a label.</param>
/// <param name="Pipelines">That show the picture.</param>
internal sealed record LabelledImage(string Path, string? Label, string? State, IReadOnlyList<string> Pipelines)
{
    public static LabelledImage Of(string path, LabelOutcome outcome) =>
        new(path, outcome.Label, outcome.Label is null ? null : outcome.IsDisputed ? "disputed" : "confirmed", outcome.Pipelines);
}
