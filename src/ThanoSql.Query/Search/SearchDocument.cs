using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ThanoSql.Query.Search;

/// <summary>The parameters of a search for the OpenAPI document: they are read by hand, since filters have names of their own.</summary>
internal static class SearchDocument
{
    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.Parameters =
        [
            Text("table", "The pipeline's table.", required: true),
            Texts("keyword", "Labels or synonyms. May repeat; without it, all rows that have a keyword."),
            Choice("match", "Whether a hit has any of the keywords or all.", "any", "all"),
            Whole("rank", "How many of an image's best keywords count: 1, or 5 with match=all, unless given.", 1, SearchRequest.MostRanks),
            Of("min_score", "The least score.", new OpenApiSchema { Type = JsonSchemaType.Number, Minimum = "0", Maximum = "1" }),
            Text("sort", "A column, or -COLUMN for descending; the best score first unless given."),
            Whole("limit", "Hits of a page; 20 unless given.", 1, 100),
            Text("after", "The 'next' of the page before."),
            Whole("width", "Of thumbnails, in pixels; 240 unless given.", 16, 2048),
            Text("facets", "Columns whose values are counted over all hits, separated by commas; 'keyword' for the keywords."),
            Choice("total", "How all hits are counted; not at all unless given.", "estimate", "exact"),
            Choice("numbers", "Whether bigint and numeric come as numbers or as texts.", "number", "string"),
        ];
        return Task.CompletedTask;
    }

    public static OpenApiParameter Text(string name, string description, bool required = false) =>
        Of(name, description, new OpenApiSchema { Type = JsonSchemaType.String }, required);

    public static OpenApiParameter Texts(string name, string description) =>
        Of(name, description, new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } });

    public static OpenApiParameter Choice(string name, string description, params string[] words) =>
        Of(name, description, new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. words] });

    public static OpenApiParameter Whole(string name, string description, int least, int most) => Of(name, description, new OpenApiSchema
    {
        Type = JsonSchemaType.Integer,
        Format = "int32",
        Minimum = least.ToString(CultureInfo.InvariantCulture),
        Maximum = most.ToString(CultureInfo.InvariantCulture),
    });

    public static OpenApiParameter Of(string name, string description, OpenApiSchema schema, bool required = false) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Required = required, Schema = schema };
}
