using ThanoSql.Language.Options;
using ThanoSql.Query.Copying;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary><c>POST /api/v1/table/{name}/upload/csv|json|excel</c>: a table from a file (CSV or XLSX) or from records, as COPY makes one.</summary>
internal static class TableUploadApi
{
    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapPost("/table/{name}/upload/csv", FileAsync).Require(TokenScope.Write);
        sdk.MapPost("/table/{name}/upload/json", JsonAsync).Require(TokenScope.Write);
        sdk.MapPost("/table/{name}/upload/excel", FileAsync).Require(TokenScope.Write);
    }

    // What the file is, its first bytes say; what it is called does not matter
    private static async Task<IResult> FileAsync(
        HttpContext context, string name, [FromServices] TableUploads uploads, [FromServices] RequestBodies bodies,
        [FromServices] IOptions<QueryLimits> limits)
    {
        var target = Target(context, name);
        using var form = await SdkForm.ReadAsync(context, bodies);
        var body = form.Body is { } json ? SdkBody.Parse<Body>(json.Span) : null;
        var rows = TableFile.Read(
            $"'{form.FileName}'", form.File.ToArray(), TableFormat.Recognised, limits.Value, context.RequestAborted);
        return TableApi.Answer(await uploads.StoreAsync(target, rows, body?.Table, context.RequestAborted));
    }

    private static async Task<IResult> JsonAsync(
        HttpContext context, string name, [FromServices] TableUploads uploads, [FromServices] RequestBodies bodies,
        [FromServices] IOptions<QueryLimits> limits)
    {
        var target = Target(context, name);
        using var read = await bodies.ReadWholeAsync(context, context.RequestAborted);
        if (SdkBody.Parse<Body>(read.Body.IsEmpty ? "{}"u8 : read.Body.Span) is not { Data.ValueKind: not JsonValueKind.Undefined } body)
            throw new QueryException(ErrorCode.BadRequest, "The body has no 'data'.", hint: """For example: {"data": [{"image_path": "a.jpg"}]}.""");
        var rows = JsonRecordsReader.Read(body.Data.GetRawText(), limits.Value);
        return TableApi.Answer(await uploads.StoreAsync(target, rows, body.Table, context.RequestAborted));
    }

    private static UploadTarget Target(HttpContext context, string name)
    {
        var mode = SdkParameters.Text(context.Request.Query, "if_exists") switch
        {
            null or "fail" => IfExists.Fail,
            "append" => IfExists.Append,
            "replace" => IfExists.Replace,
            var other => throw new QueryException(ErrorCode.BadRequest, $"'if_exists' is fail, append or replace, not '{other}'."),
        };
        return new UploadTarget(TableAddress.Of(name, context.Request.Query), mode, TokenAuthentication.TokenOf(context));
    }

    private sealed record Body(JsonElement Data, TableBody? Table);
}
