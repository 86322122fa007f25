using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk;

/// <summary>Reads JSON that the SDK sends, whatever content type it says.</summary>
internal static class SdkBody
{
    /// <summary>As its objects are written.</summary>
    public static JsonSerializerOptions Options { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <returns>The default where the body is empty.</returns>
    /// <exception cref="QueryException">It is too long, no JSON, or of another form.</exception>
    public static async Task<T?> ReadAsync<T>(HttpContext context, RequestBodies bodies)
    {
        using var read = await bodies.ReadWholeAsync(context, context.RequestAborted);
        return read.Body.IsEmpty ? default : Parse<T>(read.Body.Span);
    }

    /// <exception cref="QueryException">It is no JSON, or of another form.</exception>
    public static T? Parse<T>(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException) // the second for half of a surrogate pair
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"The body is not the JSON that this address takes: {wrong.Message}",
                hint: "NaN is no JSON: df.replace({float('nan'): None}) makes null of it.", inner: wrong);
        }
    }
}
