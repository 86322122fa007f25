using Microsoft.OpenApi;
using ThanoSql.Query.Search;
using static ThanoSql.Query.Search.SearchDocument;

namespace ThanoSql.Query.Similarity;

/// <summary>The parameters of searches by picture for the OpenAPI document.</summary>
internal static class SimilarDocument
{
    public static Task DescribeAsync(OpenApiOperation operation, bool isSent)
    {
        operation.Parameters =
        [
            Text("table", "The pipeline's table.", required: true),
            .. isSent ? Array.Empty<OpenApiParameter>() :
            [
                Text("path", "The picture, as a row of the table has it. This or 'hash'."),
                Text("hash", "The picture's SHA-256: 64 hexadecimal digits."),
            ],
            Of("min_similarity", "The least cosine.", new OpenApiSchema { Type = JsonSchemaType.Number, Minimum = "-1", Maximum = "1" }),
            Choice("self", "Whether rows that show the very picture are hits.", "true", "false"),
            .. Shared("Hits"),
        ];
        return Task.CompletedTask;
    }

    public static Task DescribeDuplicatesAsync(OpenApiOperation operation)
    {
        operation.Parameters =
        [
            Text("table", "The pipeline's table.", required: true),
            Of(
                "min_similarity", "The least cosine of two pictures that look the same; 0.97 unless given.",
                new OpenApiSchema { Type = JsonSchemaType.Number, Minimum = "0.5", Maximum = "1" }),
            .. Shared("Groups"),
        ];
        return Task.CompletedTask;
    }

    private static OpenApiParameter[] Shared(string results) =>
    [
        Text("model", "In whose eyes pictures are compared; the model of the table unless given."),
        Texts("keyword", "Labels or synonyms. May repeat; without it, all rows."),
        Choice("match", "Whether a row has any of the keywords or all.", "any", "all"),
        Whole("rank", "How many of an image's best keywords count: 1, or 5 with match=all, unless given.", 1, SearchRequest.MostRanks),
        Of("min_score", "The least score of the keyword.", new OpenApiSchema { Type = JsonSchemaType.Number, Minimum = "0", Maximum = "1" }),
        Whole("limit", $"{results} of a page; 20 unless given.", 1, 100),
        Text("after", "The 'next' of the page before."),
        Whole("width", "Of thumbnails, in pixels; 240 unless given.", 16, 2048),
        Choice("numbers", "Whether bigint and numeric come as numbers or as texts.", "number", "string"),
    ];
}
