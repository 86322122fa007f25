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
        json.WriteString("print", outcome.Print?.Kind);
        json.WriteStartObject("print_option");
        if (outcome.Print is { } print)
        {
            json.WriteString("image_col", print.Column);
            json.WriteString("image_column", print.Column);
            json.WriteString("base_dir", "/home/jovyan");
            json.WriteNumber("limit", 10);
        }
        json.WriteEndObject();
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
