using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>Of each address of the SDK the least scope that gets in. They are in no description, so this is the only list.</summary>
internal static class SdkAddresses
{
    public static Dictionary<string, TokenScope> Least { get; } = new()
    {
        ["GET /api/v1/query/log"] = TokenScope.Query,
        ["GET /api/v1/query/template"] = TokenScope.Query,
        ["POST /api/v1/query/template"] = TokenScope.Query,
        ["GET /api/v1/query/template/x"] = TokenScope.Query,
        ["PUT /api/v1/query/template/x"] = TokenScope.Query,
        ["DELETE /api/v1/query/template/x"] = TokenScope.Query,
        ["GET /api/v1/table"] = TokenScope.Query,
        ["GET /api/v1/table/x"] = TokenScope.Query,
        ["POST /api/v1/table/x"] = TokenScope.Write,
        ["PUT /api/v1/table/x"] = TokenScope.Write,
        ["DELETE /api/v1/table/x"] = TokenScope.Write,
        ["GET /api/v1/table/x/records"] = TokenScope.Query,
        ["POST /api/v1/table/x/records"] = TokenScope.Write,
        ["GET /api/v1/table/x/records/csv"] = TokenScope.Query,
        ["POST /api/v1/table/x/upload/csv"] = TokenScope.Write,
        ["POST /api/v1/table/x/upload/json"] = TokenScope.Write,
        ["POST /api/v1/table/x/upload/excel"] = TokenScope.Write,
        ["GET /api/v1/table_template"] = TokenScope.Query,
        ["GET /api/v1/table_template/x"] = TokenScope.Query,
        ["POST /api/v1/table_template/x"] = TokenScope.Query,
        ["DELETE /api/v1/table_template/x"] = TokenScope.Query,
        ["GET /api/v1/schema"] = TokenScope.Query,
        ["POST /api/v1/schema/x"] = TokenScope.Write,
        ["GET /api/v1/view"] = TokenScope.Query,
        ["GET /api/v1/view/x"] = TokenScope.Query,
        ["DELETE /api/v1/view/x"] = TokenScope.Write,
        ["GET /api/v1/file"] = TokenScope.Query,
        ["POST /api/v1/file"] = TokenScope.Write,
        ["DELETE /api/v1/file"] = TokenScope.Write,
        ["GET /api/v1/file/list"] = TokenScope.Query,
        ["POST /api/v1/file/upload"] = TokenScope.Write,
        ["DELETE /api/v1/file/delete"] = TokenScope.Write,
        ["POST /api/v1/file/delete"] = TokenScope.Write,
        ["POST /api/v1/insert"] = TokenScope.Write,
        ["POST /api/v1/search/text"] = TokenScope.Query,
        ["POST /api/v1/search/file"] = TokenScope.Query,
        ["POST /api/graphql"] = TokenScope.Query,
        ["GET /fm/api/v1/contents/x.jpg"] = TokenScope.Query,
        ["POST /fm/api/v1/contents/x.jpg"] = TokenScope.Write,
        ["DELETE /fm/api/v1/contents/x.jpg"] = TokenScope.Write,
    };
}
