using Microsoft.AspNetCore.Http.HttpResults;
using ThanoSql.Catalog.Destinations;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk;

/// <summary><c>/api/v1/query/template</c>: a token's templates of statements.</summary>
internal static class TemplateApi
{
    private const int LongestName = 32;
    private const int LongestText = 100_000;

    private static readonly string[] Fields = ["name", "query"];

    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet("/query/template", ListAsync).Require(TokenScope.Query);
        sdk.MapPost("/query/template", CreateAsync).Require(TokenScope.Query);
        sdk.MapGet("/query/template/{**name}", GetAsync).Require(TokenScope.Query);
        sdk.MapPut("/query/template/{**name}", ChangeAsync).Require(TokenScope.Query);
        sdk.MapDelete("/query/template/{**name}", RemoveAsync).Require(TokenScope.Query);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] QueryTemplates templates)
    {
        var query = context.Request.Query;
        var page = SdkParameters.Page(query);
        var order = query["order_by"].ToString() switch
        {
            "" or "recent" => TemplateOrder.Recent,
            "name_asc" => TemplateOrder.NameAscending,
            "name_desc" => TemplateOrder.NameDescending,
            var other => throw Bad($"'order_by' is recent, name_asc or name_desc, not '{other}'."),
        };
        var which = new TemplateSearch(SdkParameters.Text(query, "search"), order, page.Offset, page.Limit);
        var found = await templates.ListAsync(TokenAuthentication.TokenOf(context), which, context.RequestAborted);
        return TypedResults.Ok(new { query_templates = found.Select(TemplateView.Of) });
    }

    private static async Task<IResult> CreateAsync(HttpContext context, [FromServices] QueryTemplates templates)
    {
        var token = TokenAuthentication.TokenOf(context);
        var body = await BodyFields.ReadAsync(context, Fields);
        var text = Checked(body.Text("query")) ?? "";
        var name = Named(body.Text("name")) ?? await templates.NewNameAsync(token, context.RequestAborted);
        var isTaken = await templates.FindAsync(token, name, context.RequestAborted) is not null;
        if (!isTaken && SdkParameters.Flag(context.Request.Query, "dry_run", false))
            return TypedResults.Ok(new { query_template = new { name, query = text, parameters = TemplateText.Parse(text).Parameters } });
        var added = isTaken ? null : await templates.AddAsync(token, name, text, context.RequestAborted);
        return One(added ?? throw Taken(name));
    }

    private static async Task<IResult> GetAsync(HttpContext context, string name, [FromServices] QueryTemplates templates) =>
        One(await templates.FindAsync(TokenAuthentication.TokenOf(context), name, context.RequestAborted) ?? throw Unknown(name));

    private static async Task<IResult> ChangeAsync(HttpContext context, string name, [FromServices] QueryTemplates templates)
    {
        var body = await BodyFields.ReadAsync(context, Fields);
        var (newName, text) = (Named(body.Text("name")), Checked(body.Text("query")));
        if (text is "" || newName is null && text is null)
            throw Bad("The body takes 'name' and 'query', one of them at least, and not empty.");
        try
        {
            var changed = await templates.ChangeAsync(TokenAuthentication.TokenOf(context), name, newName, text, context.RequestAborted);
            return One(changed ?? throw Unknown(name));
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw Taken(newName!);
        }
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, string name, [FromServices] QueryTemplates templates) =>
        await templates.RemoveAsync(TokenAuthentication.TokenOf(context), name, context.RequestAborted)
            ? TypedResults.Ok(new { message = $"The query template '{name}' is deleted." })
            : throw Unknown(name);

    private static Ok<OneTemplate> One(QueryTemplate template) => TypedResults.Ok(new OneTemplate(TemplateView.Of(template)));

    private static string? Named(string? name) => name is null ? null
        : name.Length > LongestName ? throw Bad($"The name of a template has {LongestName} characters at most.")
        : name.Length == 0 || name.Any(character => char.IsControl(character) || character == '/')
            ? throw Bad("The name of a template is not empty, and has no slash and no control character.")
        : name;

    private static string? Checked(string? text)
    {
        if (text is null)
            return null;
        if (text.Length > LongestText)
            throw new QueryException(ErrorCode.TooLarge, $"A template has {LongestText:N0} characters at most.");
        if (text.Contains('\0', StringComparison.Ordinal))
            throw Bad("The template holds the character NUL, which PostgreSQL has no text for.");
        TemplateText.Parse(text);
        return text;
    }

    private static QueryException Bad(string message) => new(ErrorCode.BadRequest, message);

    private static QueryException Taken(string name) => new(ErrorCode.AlreadyExists, $"There is a query template '{name}' already.");

    private static QueryException Unknown(string name) => new(
        ErrorCode.NotFound, $"There is no query template '{name}'.", hint: "GET /api/v1/query/template lists them.");

    private sealed record OneTemplate(TemplateView QueryTemplate);

    /// <param name="Parameters">The names of its places.</param>
    private sealed record TemplateView(int Id, string Name, string Query, IReadOnlyList<string> Parameters, DateTime CreatedAt, DateTime UpdatedAt)
    {
        public static TemplateView Of(QueryTemplate template) => new(
            template.Id, template.Name, template.Query, TemplateText.Parse(template.Query).Parameters, template.CreatedAt, template.UpdatedAt);
    }
}
