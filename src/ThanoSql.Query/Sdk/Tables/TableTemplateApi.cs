using System.Text.RegularExpressions;
using ThanoSql.Catalog.Tables;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary><c>/api/v1/table_template</c>: forms of tables that a token keeps, in versions.</summary>
internal static partial class TableTemplateApi
{
    private const string FirstVersion = "1.0";
    private const string Unchecked = "ignore"; // the only compatibility that was documented: none is looked for
    private const int LongestForm = 100_000;

    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet("/table_template/", ListAsync).Require(TokenScope.Query);
        sdk.MapGet("/table_template/{name}", GetAsync).Require(TokenScope.Query);
        sdk.MapPost("/table_template/{name}", CreateAsync).Require(TokenScope.Query);
        sdk.MapDelete("/table_template/{name}", DeleteAsync).Require(TokenScope.Query);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] TableTemplates templates)
    {
        var query = context.Request.Query;
        var order = SdkParameters.Text(query, "order_by") ?? "recent";
        IEnumerable<TableTemplate> found =
            await templates.ListAsync(TokenAuthentication.TokenOf(context), SdkParameters.Text(query, "search"), context.RequestAborted);
        if (SdkParameters.Flag(query, "latest", false))
            found = found.GroupBy(t => t.Name).Select(versions => versions.MaxBy(t => t.Version, StringComparer.Ordinal)!);
        found = order switch
        {
            "recent" => found,
            "name_asc" => found.OrderBy(t => t.Name, StringComparer.Ordinal),
            "name_desc" => found.OrderByDescending(t => t.Name, StringComparer.Ordinal),
            _ => throw Bad($"'order_by' is recent, name_asc or name_desc, not '{order}'."),
        };
        return TypedResults.Ok(new { TableTemplates = found.Select(TemplateView.Of) });
    }

    private static async Task<IResult> GetAsync(HttpContext context, string name, [FromServices] TableTemplates templates)
    {
        var all = await templates.FindAsync(TokenAuthentication.TokenOf(context), name, context.RequestAborted);
        var version = SdkParameters.Text(context.Request.Query, "version");
        var asked = version switch
        {
            null => all,
            "latest" => [.. all.Take(1)],
            _ => all.FindAll(t => t.Version == version),
        };
        return asked.Count > 0
            ? TypedResults.Ok(new { TableTemplates = asked.Select(TemplateView.Of), Versions = all.Select(t => t.Version) })
            : throw Missing(name, version);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context, string name, [FromServices] TableTemplates templates, [FromServices] RequestBodies bodies)
    {
        var body = await SdkBody.ReadAsync<Body>(context, bodies);
        var version = body?.Version ?? FirstVersion;
        if (!Name().IsMatch(name))
            throw Bad("The name of a table template has 1 to 32 letters, digits and '_'.");
        if (!Version().IsMatch(version))
            throw Bad($"The version of a table template is 1.0 to 9.9, not '{version}'.");
        if ((body?.Compatibility ?? Unchecked) != Unchecked)
            throw new QueryException(ErrorCode.NotSupported, $"'compatibility' is {Unchecked}: versions are not compared.");
        var form = JsonSerializer.Serialize((body?.TableTemplate ?? TableBody.Empty).Checked(), SdkBody.Options);
        if (form.Length > LongestForm)
            throw new QueryException(ErrorCode.TooLarge, $"A table template has {LongestForm:N0} characters at most.");
        var template = new TableTemplate(name, version, form, Unchecked, default);
        var added = await templates.AddAsync(TokenAuthentication.TokenOf(context), template, context.RequestAborted)
            ?? throw new QueryException(ErrorCode.AlreadyExists, $"There is a version {version} of the table template '{name}' already.");
        return TypedResults.Ok(new
        {
            TableTemplate = TemplateView.Of(added),
            Message = $"The table template '{name}' is kept.",
            TableTemplateName = name,
        });
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, string name, [FromServices] TableTemplates templates)
    {
        var version = SdkParameters.Text(context.Request.Query, "version");
        return await templates.RemoveAsync(TokenAuthentication.TokenOf(context), name, version, context.RequestAborted) > 0
            ? TypedResults.Ok(new { Message = $"The table template '{name}' is deleted.", TableTemplateName = name })
            : throw Missing(name, version);
    }

    private static QueryException Bad(string message) => new(ErrorCode.BadRequest, message);

    private static QueryException Missing(string name, string? version) => new(
        ErrorCode.NotFound, $"There is no {(version is null ? "" : $"version {version} of the ")}table template '{name}'.",
        hint: "GET /api/v1/table_template/ lists them.");

    [GeneratedRegex(@"\A[\p{L}\p{N}_]{1,32}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[1-9]\.[0-9]\z")]
    private static partial Regex Version();

    private sealed record Body(TableBody? TableTemplate, string? Version, string? Compatibility);

    private sealed record TemplateView(string Name, JsonElement TableTemplate, string Version, string Compatibility, DateTime CreatedAt)
    {
        public static TemplateView Of(TableTemplate template) => new(
            template.Name, JsonSerializer.Deserialize<JsonElement>(template.Form), template.Version, template.Compatibility, template.CreatedAt);
    }
}
