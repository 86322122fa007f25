namespace ThanoSql.Query.Copying;

/// <summary>Reads what <c>df.to_json(orient="records")</c> writes: a list of objects. Columns come in the order in which they first appear.</summary>
internal static class JsonRecordsReader
{
    /// <exception cref="QueryException">Something else than a list of objects, or more values than a COPY may write.</exception>
    public static SourceRows Read(string text, QueryLimits limits)
    {
        try
        {
            return Read(JsonSerializer.Deserialize<JsonElement>(text), limits);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException) // the latter: half of a surrogate pair
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"The records are no JSON: {wrong.Message}", hint: "Use df.to_json(orient=\"records\").", inner: wrong);
        }
    }

    private static SourceRows Read(JsonElement root, QueryLimits limits)
    {
        var records = root.ValueKind == JsonValueKind.Object ? [root] : root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : Refuse();
        var columns = new Dictionary<string, RecordColumn>();
        var size = new CopySize(limits);
        foreach (var record in records)
        {
            if (record.ValueKind != JsonValueKind.Object)
                Refuse();
            foreach (var property in record.EnumerateObject())
            {
                if (!columns.TryGetValue(property.Name, out var column))
                    columns.Add(property.Name, column = new RecordColumn(columns.Count));
                column.See(property.Value);
                size.Check(columns.Count);
            }
            size.AddRow(columns.Count);
        }
        var types = columns.Values.Select(c => c.Type).ToList();
        return SourceRows.Of([.. columns.Keys], new CountedRows(size.Rows, Rows(records, columns)), column => types[column]);
    }

    // Made when they are written: with keys that differ from record to record, most of them are empty.
    private static IEnumerable<string?[]> Rows(IEnumerable<JsonElement> records, Dictionary<string, RecordColumn> columns)
    {
        foreach (var record in records)
        {
            var row = new string?[columns.Count];
            foreach (var property in record.EnumerateObject())
                row[columns[property.Name].Index] = Text(property.Value);
            yield return row;
        }
    }

    private static IEnumerable<JsonElement> Refuse() =>
        throw new QueryException(ErrorCode.BadRequest, "The records are no list of objects.", hint: "Use df.to_json(orient=\"records\").");

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.String => Decoded(value),
        _ => value.GetRawText(),
    };

    private static string? Decoded(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException half)
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"The records are no text: {half.Message}", hint: "Use df.to_json(orient=\"records\").", inner: half);
        }
    }
}

/// <summary>A key of the records, and the type that holds all of its values.</summary>
internal sealed class RecordColumn(int index)
{
    private bool _any;
    private bool _booleans = true;
    private bool _documents = true;
    private bool _numbers = true;
    private readonly ColumnType _number = new();

    public int Index => index;

    public string Type => this switch
    {
        { _any: false } => "text",
        { _booleans: true } => "boolean",
        { _documents: true } => "jsonb",
        { _numbers: false } => "text",
        _ => _number.Name,
    };

    public void See(JsonElement value)
    {
        var kind = value.ValueKind;
        if (kind is JsonValueKind.Undefined or JsonValueKind.Null)
            return;
        _any = true;
        if (kind == JsonValueKind.String)
            _ = value.GetString(); // what is no text is told now, not when the rows are written
        _booleans &= kind is JsonValueKind.True or JsonValueKind.False;
        _documents &= kind is JsonValueKind.Object or JsonValueKind.Array;
        _numbers &= kind == JsonValueKind.Number;
        if (kind == JsonValueKind.Number)
            _number.See(value.GetRawText());
    }
}
