using System.Globalization;
using Microsoft.AspNetCore.Http;
using ThanoSql.Planning;

namespace ThanoSql.Query.Http;

/// <summary>What the SDK adds to the address of a query. Results are not kept in tables of their own: use CREATE TABLE … AS.</summary>
/// <param name="IsSdk">Whether the request comes from the SDK, which takes a failed query as an answer and not as an HTTP error.</param>
/// <param name="MaxResults">Rows under <c>records</c>, 0 to 100; 0 for none.</param>
internal sealed record SdkParameters(bool IsSdk, int MaxResults)
{
    public static SdkParameters Of(HttpRequest request)
    {
        var text = request.Query["max_results"].ToString();
        if (text.Length == 0)
            return new SdkParameters(false, 0);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) && rows <= 100
            ? new SdkParameters(true, rows)
            : throw new QueryException(ErrorCode.BadRequest, $"max_results is a number from 0 to 100, not '{text}'.");
    }
}
