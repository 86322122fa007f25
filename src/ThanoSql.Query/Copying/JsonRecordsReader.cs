namespace ThanoSql.Query.Copying;

/// <summary>Reads what <c>df.to_json(orient="records")</c> writes: a list of objects. Columns come in the order in which they first appear.</summary>
internal static class JsonRecordsReader
{
    /// <exception cref="QueryException">Something else than a list of objects.</exception>
    public static SourceRows Read(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return Read(json.RootElement);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException) // the latter: half of a surrogate pair
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"The records are no JSON: {wrong.Message}", hint: "Use df.to_json(orient=\"records\").", inner: wrong);
        }
    }

    private static SourceRows Read(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
            root = JsonSerializer.SerializeToElement(new[] { root });
        if (root.ValueKind != JsonValueKind.Array || root.EnumerateArray().Any(r => r.ValueKind != JsonValueKind.Object))
            throw new QueryException(ErrorCode.BadRequest, "The records are no list of objects.", hint: "Use df.to_json(orient=\"records\").");

        var names = root.EnumerateArray().SelectMany(r => r.EnumerateObject().Select(p => p.Name)).Distinct().ToList();
        var cells = root.EnumerateArray().Select(r => names.ConvertAll(n => r.TryGetProperty(n, out var value) ? value : default)).ToList();
        var rows = cells.ConvertAll(row => row.Select(Text).ToArray());
        return SourceRows.Of(names, rows, column => TypeOf(cells.Select(row => row[column])));
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    private static string TypeOf(IEnumerable<JsonElement> values)
    {
        var kinds = values.Where(v => v.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null)).ToList();
        if (kinds.Count == 0)
            return "text";
        if (kinds.TrueForAll(v => v.ValueKind is JsonValueKind.True or JsonValueKind.False))
            return "boolean";
        if (kinds.TrueForAll(v => v.ValueKind is JsonValueKind.Object or JsonValueKind.Array))
            return "jsonb";
        if (!kinds.TrueForAll(v => v.ValueKind == JsonValueKind.Number))
            return "text";
        return kinds.TrueForAll(v => v.TryGetInt64(out _)) ? "bigint" : "double precision";
    }
}
