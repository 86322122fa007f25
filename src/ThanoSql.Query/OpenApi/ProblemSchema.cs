using Microsoft.OpenApi;

namespace ThanoSql.Query.OpenApi;

/// <summary>What our problem details hold besides RFC 9457's fields; see <see cref="Http.Problems"/>.</summary>
internal static class ProblemSchema
{
    public static void Complete(OpenApiSchema schema)
    {
        schema.Properties ??= new Dictionary<string, IOpenApiSchema>();
        schema.Properties["code"] = Text("A stable name for what went wrong: what programs look at.", "not_found");
        schema.Properties["message"] = Text("As detail.", "There is no picture 'shop/a.jpg'.");
        schema.Properties["hint"] = Text("What to do about it.", "GET /api/v1/images lists them.");
        schema.Properties["run_id"] = Whole("The training run it is about.", "int64");
        schema.Properties["position"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "Where in the statement, counted in characters from 0 (offset) or 1.",
            Properties = new Dictionary<string, IOpenApiSchema> { ["offset"] = Whole(), ["line"] = Whole(), ["column"] = Whole() },
        };
        schema.Properties["error"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "The same for older clients.",
            Properties = new Dictionary<string, IOpenApiSchema> { ["code"] = Whole("The status."), ["message"] = Text("As detail.") },
        };
    }

    private static OpenApiSchema Text(string description, string? example = null) =>
        new() { Type = JsonSchemaType.String, Description = description, Examples = example is null ? null : [example] };

    private static OpenApiSchema Whole(string? description = null, string format = "int32") =>
        new() { Type = JsonSchemaType.Integer, Format = format, Description = description };
}
