namespace ThanoSql.Query.Sdk;

/// <summary><c>POST /api/graphql</c>, which the discontinued service had for <c>publicCatalogData</c>: says where that is told.</summary>
internal static class GraphApi
{
    public static void Map(IEndpointRouteBuilder sdk) => sdk.MapPost("/graphql", Refuse).Require(TokenScope.Query);

    private static IResult Refuse() => throw new QueryException(
        ErrorCode.NotSupported, "GraphQL is not supported, and so not 'publicCatalogData' either.",
        hint: "GET /api/v1/table/?verbose=True tells tables, columns and constraints: client.table.list(verbose=True).");
}
