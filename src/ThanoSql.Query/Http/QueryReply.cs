namespace ThanoSql.Query.Http;

/// <summary>
/// One JSON for two generations of clients: <c>data</c> is what the magic until 0.2.4 reads (and the websocket's RESULT carries), the rest is the
/// SDK's QueryLog. <c>messages</c> is ours.
/// </summary>
internal sealed record QueryReply(string Id, string Text, DateTimeOffset Start, DateTimeOffset End, IReadOnlyList<string> Messages)
{
    public async Task WriteSuccessAsync(JsonStream reply, StatementOutcome outcome, int maxResults)
    {
        reply.Json.WriteStartObject();
        reply.Json.WritePropertyName("data");
        await WriteDataAsync(reply, outcome);
        WriteLog(reply.Json, outcome.Kind);
        reply.Json.WriteNull("error_result");
        await WriteRecordsAsync(reply, outcome, maxResults);
        reply.Json.WriteEndObject();
    }

    /// <summary>A failed query in the SDK's form.</summary>
    public void WriteFailure(Utf8JsonWriter json, QueryError error)
    {
        json.WriteStartObject();
        json.WriteNull("data");
        WriteLog(json, "UNKNOWN");
        json.WriteString("error_result", error.Text);
        json.WriteString("error_code", error.Code.Name);
        json.WriteNull("records");
        json.WriteNumber("total_records", 0);
        json.WriteNumber("affected_records", 0);
        json.WriteEndObject();
    }

    /// <summary><c>{"df": "…"|null, "print": …, "print_option": {…}}</c>: a null <c>df</c> makes clients print "Success".</summary>
    public static async ValueTask WriteDataAsync(JsonStream reply, StatementOutcome outcome)
    {
        var json = reply.Json;
        json.WriteStartObject();
        json.WritePropertyName("df");
        if (outcome.Table is { } table)
            await PandasSplit.WriteAsync(reply, table);
        else
            json.WriteNullValue();
        WritePrint(json, outcome.Print);
        json.WriteEndObject();
    }

    /// <summary>The fields <c>print</c> and <c>print_option</c>, which every generation of clients reads.</summary>
    public static void WritePrint(Utf8JsonWriter json, PrintRequest? asked)
    {
        json.WriteString("print", asked?.Kind);
        json.WriteStartObject("print_option");
        if (asked is { } print)
        {
            json.WriteString("image_col", print.Column);
            json.WriteString("image_column", print.Column);
            json.WriteString("base_dir", print.BaseFolder);
            json.WriteNumber("limit", print.Limit);
        }
        json.WriteEndObject();
    }

    private void WriteLog(Utf8JsonWriter json, string kind)
    {
        json.WriteString("query_id", Id);
        json.WriteString("statement_type", kind);
        json.WriteString("start_time", Start.UtcDateTime);
        json.WriteString("end_time", End.UtcDateTime);
        json.WriteString("created_at", Start.UtcDateTime);
        json.WriteString("query", Text);
        json.WriteString("referer", "api");
        json.WriteString("state", "COMPLETE");
        json.WriteNull("destination_table_name");
        json.WriteNull("destination_schema");
        json.WriteStartArray("messages");
        foreach (var message in Messages)
            json.WriteStringValue(message);
        json.WriteEndArray();
    }

    private static async ValueTask WriteRecordsAsync(JsonStream reply, StatementOutcome outcome, int maxResults)
    {
        var json = reply.Json;
        var total = outcome.Table?.Rows.Count ?? 0;
        json.WritePropertyName("records");
        if (outcome.Table is { } table && maxResults > 0)
        {
            json.WriteStartObject();
            json.WritePropertyName("data");
            await JsonRecords.WriteAsync(reply, table, maxResults);
            json.WriteNumber("total", total);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }
        json.WriteNumber("total_records", total);
        json.WriteNumber("affected_records", outcome.Affected ?? 0);
    }
}

#pragma warning disable CA1812 // of the OpenAPI document only: QueryReply writes it by hand

/// <summary>What <see cref="QueryReply"/> writes.</summary>
/// <param name="Data">For clients until 0.2.4.</param>
/// <param name="QueryId">Of this request.</param>
/// <param name="StatementType">Such as <c>SELECT</c> or <c>BUILD</c>.</param>
/// <param name="Query">The statement.</param>
/// <param name="Messages">What was said while it ran.</param>
/// <param name="ErrorResult">What went wrong, for clients that send <c>max_results</c>.</param>
/// <param name="ErrorCode">The code of that.</param>
/// <param name="Records">The first rows, for clients that send <c>max_results</c>.</param>
/// <param name="TotalRecords">Rows of the result.</param>
/// <param name="AffectedRecords">Rows that the statement changed.</param>
internal sealed record QueryAnswer(
    QueryData? Data, string QueryId, string StatementType, DateTimeOffset StartTime, DateTimeOffset EndTime, DateTimeOffset CreatedAt, string Query,
    string Referer, string State, IReadOnlyList<string> Messages, string? ErrorResult, string? ErrorCode, QueryRecords? Records, int TotalRecords,
    int AffectedRecords);

/// <param name="Df">The rows as pandas reads them with <c>orient='split'</c>: JSON in a text; null for a statement without rows.</param>
/// <param name="Print"><c>image</c> where the rows are pictures to show.</param>
internal sealed record QueryData(string? Df, string? Print, QueryPrint PrintOption);

/// <param name="ImageCol">The column with the paths of pictures.</param>
/// <param name="Limit">Pictures to show at most.</param>
internal sealed record QueryPrint(string? ImageCol, string? ImageColumn, string? BaseDir, int? Limit);

/// <param name="Data">Rows as objects, by column.</param>
internal sealed record QueryRecords(IReadOnlyList<IReadOnlyDictionary<string, object?>> Data, int Total);
