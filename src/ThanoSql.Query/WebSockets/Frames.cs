using ThanoSql.Query.Http;

namespace ThanoSql.Query.WebSockets;

/// <summary>What the server says: <c>{"output_type": …, "output_message": …}</c>.</summary>
internal static class Frames
{
    /// <summary>Clients ignore it.</summary>
    public static Frame Ping { get; } = new("PING", json => Text(json, ""));

    public static Frame Message(string text) => new("MESSAGE", json => Text(json, text));

    /// <summary>
    /// With <c>code</c>, <c>status</c>, the <c>run_id</c> of a training run and, where it is worth asking again, <c>retry_after</c> (seconds) beside
    /// the text that the clients show.
    /// </summary>
    public static Frame Error(QueryError error) => new("ERROR", json => Text(json, error.Text))
    {
        Beside = json =>
        {
            json.WriteString("code", error.Code.Name);
            json.WriteNumber("status", error.Status);
            if (error.Run is { } run)
                json.WriteNumber("run_id", run);
            if (error.Code.RetryAfter is { } later)
                json.WriteNumber("retry_after", later.TotalSeconds);
        },
    };

    public static Frame Result(StatementOutcome outcome) => new("RESULT", async json =>
    {
        json.Json.WriteStartObject();
        json.Json.WritePropertyName("data");
        await QueryReply.WriteDataAsync(json, outcome);
        json.Json.WriteEndObject();
    });

    private static ValueTask Text(JsonStream json, string text)
    {
        json.Json.WriteStringValue(text);
        return ValueTask.CompletedTask;
    }
}

/// <summary>One message to a client; a long one is sent in pieces.</summary>
internal sealed record Frame(string Type, Func<JsonStream, ValueTask> Message)
{
    public Action<Utf8JsonWriter>? Beside { get; init; }

    public async ValueTask WriteAsync(JsonStream json)
    {
        json.Json.WriteStartObject();
        json.Json.WriteString("output_type", Type);
        json.Json.WritePropertyName("output_message");
        await Message(json);
        Beside?.Invoke(json.Json);
        json.Json.WriteEndObject();
    }
}
