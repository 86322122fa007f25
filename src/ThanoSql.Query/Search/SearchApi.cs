namespace ThanoSql.Query.Search;

/// <summary><c>GET /api/v1/search</c> and <c>GET /api/v1/keywords</c>, for shops.</summary>
internal static class SearchApi
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/v1/search", SearchAsync)
            .Require(TokenScope.Search)
            .WithName("Search").WithTags("search")
            .WithSummary("Rows of a pipeline's table by keyword")
            .WithDescription(
                """
                Parameters: table; keyword (may repeat: any of them; synonyms count); min_score 0 to 1; COLUMN.eq|gte|lte|gt|lt=VALUE for columns
                that the pipeline's file allows; sort=COLUMN or -COLUMN (default: best score first); limit 1 to 100 (20); width of the thumbnails
                16 to 2048 (240); after: the 'next' of the page before.
                """)
            .Produces<object>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(404).ProducesProblem(503);
        endpoints.MapGet("/api/v1/keywords", KeywordsAsync)
            .Require(TokenScope.Search)
            .WithName("Keywords").WithTags("search")
            .WithSummary("The labels of a pipeline's table and how many rows carry each")
            .Produces<KeywordList>().ProducesProblem(404);
    }

    private static async Task<IResult> KeywordsAsync(HttpContext context, string table, [FromServices] Searcher searcher) =>
        TypedResults.Ok(new KeywordList(table, await searcher.KeywordsAsync(table, TokenAuthentication.TokenOf(context), context.RequestAborted)));

    private static async Task SearchAsync(
        HttpContext context, [FromServices] Searcher searcher, [FromServices] ImageLinks links, [FromServices] IOptions<SqlOptions> sql)
    {
        var request = SearchRequest.Read(context.Request.Query);
        var page = await searcher.SearchAsync(request, TokenAuthentication.TokenOf(context), context.RequestAborted);
        var urls = new List<(string Url, DateTimeOffset Expires)?>();
        foreach (var row in page.Table.Rows)
        {
            urls.Add(
                StorePath.TryParse(row[0], sql.Value.Workspace, out var path)
                    ? await links.CreateAsync(path, request.Width, TokenAuthentication.TokenOf(context), context.RequestAborted)
                    : null);
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, PandasSplit.Options);
        Write(json, page, urls);
    }

    private static void Write(Utf8JsonWriter json, SearchPage page, List<(string Url, DateTimeOffset Expires)?> urls)
    {
        json.WriteStartObject();
        json.WriteString("table", page.Target.Definition.Table);
        json.WriteStartArray("keywords");
        foreach (var label in page.Labels)
            json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteStartArray("unknown_keywords");
        foreach (var unknown in page.Unknown)
        {
            json.WriteStartObject();
            json.WriteString("keyword", unknown.Keyword);
            json.WriteString("nearest", unknown.Nearest);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("results");
        for (var i = 0; i < page.Table.Rows.Count; i++)
            WriteHit(json, page.Table, page.Table.Rows[i], urls[i]);
        json.WriteEndArray();
        json.WriteString("next", page.Next);
        json.WriteEndObject();
    }

    private static void WriteHit(Utf8JsonWriter json, ResultTable table, string?[] row, (string Url, DateTimeOffset Expires)? link)
    {
        string[] names = ["path", "keyword", "score", "version", "source"];
        json.WriteStartObject();
        for (var i = 0; i < names.Length; i++)
        {
            json.WritePropertyName(names[i]);
            JsonCells.Write(json, row[i], table.Columns[i]);
        }
        json.WriteStartObject("columns");
        for (var i = SearchSql.FixedColumns; i < row.Length; i++)
        {
            json.WritePropertyName(table.Columns[i].Name);
            JsonCells.Write(json, row[i], table.Columns[i]);
        }
        json.WriteEndObject();
        if (link is { } signed)
        {
            json.WriteStartObject("image");
            json.WriteString("url", signed.Url);
            json.WriteString("expires", signed.Expires.UtcDateTime);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private sealed record KeywordList(string Table, IReadOnlyList<KeywordCount> Keywords);
}
