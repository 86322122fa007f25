using System.Buffers;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary><c>GET /api/v1/table/{name}/records/csv</c>: a whole table, as PostgreSQL writes CSV, on its way while it is read.</summary>
internal static class RecordCsvApi
{
    private const int SeoulHours = 9; // the SDK's, where it names none
    private const int Piece = 16_384; // characters

    public static void Map(IEndpointRouteBuilder sdk) => sdk.MapGet("/table/{name}/records/csv", ReadAsync).Require(TokenScope.Query);

    private static async Task ReadAsync(HttpContext context, string name, [FromServices] UserWork work, [FromServices] TimeProvider time)
    {
        var address = TableAddress.Of(name, context.Request.Query);
        var hours = Parameters.Whole(context.Request.Query, "timezone_offset", SeoulHours, -14, 14);
        await work.RunAsync(TokenAuthentication.TokenOf(context), async (on, running) =>
        {
            await TableCatalog.GetAsync(on, address, running);
            using var rows = await on.BeginTextExportAsync($"COPY (SELECT * FROM {address.Sql}) TO STDOUT (FORMAT csv, HEADER)", running);
            context.Response.ContentType = ResultCsv.ContentType;
            var at = time.GetUtcNow().ToOffset(TimeSpan.FromHours(hours)).ToString("_yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);
            context.Response.Headers.ContentDisposition = SdkAttachment.Named($"{address.Name}{at}.csv");
            await SendAsync(rows, context.Response.Body, running);
            return true;
        }, context.RequestAborted);
    }

    private static async Task SendAsync(TextReader rows, Stream into, CancellationToken cancellationToken)
    {
        var piece = ArrayPool<char>.Shared.Rent(Piece);
        try
        {
            await using var text = new StreamWriter(into, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            while (await rows.ReadAsync(piece, cancellationToken) is > 0 and var read)
                await text.WriteAsync(piece.AsMemory(0, read), cancellationToken);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(piece);
        }
    }
}
