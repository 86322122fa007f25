using System.Text.Json.Serialization;
using ThanoSql.Catalog.Labels;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Labels;

/// <summary><c>PUT /api/v1/labels</c>: labels of many pictures, each with its outcome.</summary>
internal static class LabelBatchApi
{
    private const int Most = 10_000;

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPut("/api/v1/labels", SetAsync)
            .Require(TokenScope.Write)
            .Accepts<LabelsBody>("application/json", "text/plain", "application/x-www-form-urlencoded")
            .WithName("SetLabels").WithTags("labels")
            .WithSummary("Sets the human labels of up to 10,000 pictures, a hundred in a transaction; each has its outcome, in order")
            .Produces<LabelledImages>().ProducesProblem(400).ProducesProblem(413);

    private static async Task<IResult> SetAsync(
        HttpContext context, [FromServices] LabelLedger labels, [FromServices] RequestBodies bodies, [FromServices] IOptions<SqlOptions> sql)
    {
        using var read = await bodies.ReadWholeAsync(context, context.RequestAborted);
        var asked = Parse(read.Body.Span);
        var outcomes = new LabelResult[asked.Count];
        var said = new List<(int Place, SaidLabel Label)>();
        foreach (var (place, label) in asked.Index())
        {
            if (Refusal(label, sql.Value.Workspace, out var image) is { } refusal)
                outcomes[place] = LabelResult.Refused(label?.Path, refusal);
            else
                said.Add((place, new SaidLabel(image!.Bucket, image.Key, label!.Label?.Trim())));
        }
        var set = await labels.SetAsync(
            [.. said.Select(s => s.Label)], Speaker.Of(TokenAuthentication.TokenOf(context)), context.RequestAborted);
        foreach (var ((place, label), outcome) in said.Zip(set))
        {
            var path = StorePath.Format(new ObjectPath(label.Bucket, label.Key), sql.Value.Workspace);
            outcomes[place] = outcome.Failure(path) is { } failure
                ? LabelResult.Refused(path, QueryError.Of(failure))
                : LabelResult.Of(LabelledImage.Of(path, outcome));
        }
        return TypedResults.Ok(new LabelledImages(
            outcomes.Count(o => o.Error is null), outcomes.Count(o => o.Error is not null), outcomes));
    }

    private static IReadOnlyList<LabelOfPath?> Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            if (JsonSerializer.Deserialize<LabelsBody>(body, JsonSerializerOptions.Web) is { Labels: { } labels })
            {
                return labels.Count <= Most
                    ? labels
                    : throw new QueryException(
                        ErrorCode.TooLarge, $"'labels' has {labels.Count} entries; a request takes {Most}.", hint: "Send them in several requests.");
            }
        }
        catch (JsonException)
        {
            // Told below
        }
        throw new QueryException(
            ErrorCode.BadRequest, "The body names no labels.",
            hint: """Send {"labels": [{"path": "…", "label": "…"}, …]}; a label of null takes it back.""");
    }

    private static QueryError? Refusal(LabelOfPath? label, string workspace, out ObjectPath? image)
    {
        image = null;
        if (label?.Path is null)
            return new QueryError(ErrorCode.BadRequest, "The entry names no path.");
        if (label.Label is not null && string.IsNullOrWhiteSpace(label.Label))
            return new QueryError(ErrorCode.BadRequest, "The label is empty.", Hint: "null takes a label back.");
        try
        {
            image = StorePath.Parse(label.Path, workspace);
            return null;
        }
        catch (InvalidPathException wrong)
        {
            return QueryError.Of(wrong);
        }
    }

    /// <param name="Labels">Up to 10,000.</param>
    internal sealed record LabelsBody([property: JsonRequired] IReadOnlyList<LabelOfPath?> Labels);

    /// <param name="Path">Of a picture, as SQL and search show it.</param>
    /// <param name="Label">What it shows; null takes its label back.</param>
    internal sealed record LabelOfPath([property: JsonRequired] string? Path, [property: JsonRequired] string? Label);

    /// <param name="Set">How many were taken.</param>
    /// <param name="Refused">How many were not.</param>
    /// <param name="Labels">One for each entry of the request, in order.</param>
    internal sealed record LabelledImages(int Set, int Refused, IReadOnlyList<LabelResult> Labels);

    /// <param name="Path">As SQL and search show it; where that cannot be, as it was sent.</param>
    /// <param name="Label">In force now.</param>
    /// <param name="State"><c>confirmed</c> or <c>disputed</c>.</param>
    /// <param name="Pipelines">That show the picture.</param>
    /// <param name="Error">Why nothing was changed; null when the label was taken.</param>
    internal sealed record LabelResult(string? Path, string? Label, string? State, IReadOnlyList<string> Pipelines, LabelError? Error)
    {
        public static LabelResult Of(LabelledImage image) => new(image.Path, image.Label, image.State, image.Pipelines, null);

        public static LabelResult Refused(string? path, QueryError error) =>
            new(path, null, null, [], new LabelError(error.Code.Name, error.Message, error.Hint));
    }

    /// <param name="Code">As in a problem's <c>code</c>.</param>
    /// <param name="Message">What happened.</param>
    /// <param name="Hint">What to do; null where there is nothing to say.</param>
    internal sealed record LabelError(string Code, string Message, string? Hint);
}
