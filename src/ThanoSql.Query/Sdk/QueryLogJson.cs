using ThanoSql.Catalog.Destinations;

namespace ThanoSql.Query.Sdk;

/// <summary>The SDK's QueryLog.</summary>
internal static class QueryLogJson
{
    /// <summary>Of a statement that has just run, with its first rows.</summary>
    public static async ValueTask WriteAsync(JsonStream reply, SdkAnswer answer, int records)
    {
        var json = reply.Json;
        json.WriteStartObject();
        WriteFields(json, answer.Entry);
        json.WriteStartArray("messages");
        foreach (var message in answer.Messages)
            json.WriteStringValue(message);
        json.WriteEndArray();
        json.WritePropertyName("records");
        if (answer.Outcome?.Table is { } table && records > 0)
        {
            json.WriteStartObject();
            json.WritePropertyName("data");
            await JsonRecords.WriteAsync(reply, table, records);
            json.WriteNumber("total", table.Rows.Count);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }
        json.WriteEndObject();
    }

    /// <summary>Of a statement that ran once.</summary>
    public static void Write(Utf8JsonWriter json, QueryEntry entry)
    {
        json.WriteStartObject();
        WriteFields(json, entry);
        json.WriteNull("records");
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, QueryEntry entry)
    {
        json.WriteString("query_id", entry.QueryId);
        json.WriteString("statement_type", entry.StatementType);
        json.WriteString("start_time", entry.StartTime);
        json.WriteString("end_time", entry.EndTime);
        json.WriteString("query", entry.Query);
        json.WriteString("referer", "api");
        json.WriteString("state", "COMPLETE");
        json.WriteString("destination_table_name", entry.DestinationTable);
        json.WriteString("destination_schema", entry.DestinationSchema);
        json.WriteString("error_result", entry.ErrorResult);
        json.WriteString("created_at", entry.StartTime);
        json.WriteNumber("total_records", entry.TotalRecords);
        json.WriteNumber("affected_records", entry.AffectedRecords);
    }
}
