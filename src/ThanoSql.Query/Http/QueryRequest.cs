namespace ThanoSql.Query.Http;

/// <summary>
/// The body of a query request: <c>{"query_string": "…"}</c>. Old clients send it without a content type, or as a form's: it is always read as JSON.
/// </summary>
internal static class QueryRequest
{
    /// <summary>The statement of a JSON object, or the whole text when it is none (the websocket of 2022-07 sent bare SQL).</summary>
    public static string StatementOf(string frame)
    {
        if (!frame.AsSpan().TrimStart().StartsWith("{"))
            return Text(frame);
        try
        {
            using var json = JsonDocument.Parse(frame);
            return StatementOf(json);
        }
        catch (JsonException)
        {
            return Text(frame);
        }
    }

    /// <summary>The body's fields.</summary>
    /// <exception cref="QueryException">It is no JSON object.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(body);
        }
        catch (JsonException wrong)
        {
            throw Bad($"The body is no JSON: {wrong.Message}", wrong);
        }
        if (json.RootElement.ValueKind == JsonValueKind.Object)
            return json;
        json.Dispose();
        throw Bad("The body is no JSON object.");
    }

    /// <exception cref="QueryException">There is no statement in it.</exception>
    public static string StatementOf(JsonDocument json)
    {
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw Bad("The body is no JSON object.");
        if (Has(json, "query_string", out var text) && text.ValueKind == JsonValueKind.String)
            return Text(text, "query_string");
        if (Has(json, "template_id", out _) || Has(json, "template_name", out _))
        {
            throw new QueryException(
                ErrorCode.NotSupported, "Query templates are for the SDK's address.",
                hint: "POST /api/v1/query/, with the last slash, or send the statement itself: {\"query_string\": \"…\"}");
        }

        throw Bad("The body has no 'query_string'.");
    }

    /// <exception cref="QueryException">A name in the body is no text.</exception>
    public static bool Has(JsonDocument json, string name, out JsonElement value)
    {
        try
        {
            return json.RootElement.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException half)
        {
            throw Bad("A name in the body is no Unicode text: half of a surrogate pair stands alone.", half);
        }
    }

    /// <exception cref="QueryException">It is no text of PostgreSQL's.</exception>
    public static string Text(JsonElement text, string name)
    {
        try
        {
            return Text(text.GetString()!);
        }
        catch (InvalidOperationException half)
        {
            throw Bad($"'{name}' is no Unicode text: half of a surrogate pair stands alone.", half);
        }
    }

    private static string Text(string statement) => statement.Contains('\0', StringComparison.Ordinal)
        ? throw Bad("The statement holds the character NUL, which PostgreSQL has no text for.")
        : statement;

    private static QueryException Bad(string message, Exception? inner = null) =>
        new(ErrorCode.BadRequest, message, hint: "Send {\"query_string\": \"SELECT …\"}.", inner: inner);
}
