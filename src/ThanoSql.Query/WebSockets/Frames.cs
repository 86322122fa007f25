using System.Buffers;
using System.Text.Json;
using ThanoSql.Planning;
using ThanoSql.Query.Http;
using ThanoSql.Query.Results;
using ThanoSql.Query.Statements;

namespace ThanoSql.Query.WebSockets;

/// <summary>What the server says: <c>{"output_type": …, "output_message": …}</c>.</summary>
internal static class Frames
{
    /// <summary>Clients ignore it.</summary>
    public static byte[] Ping { get; } = Frame("PING", json => json.WriteStringValue(""));

    public static byte[] Message(string text) => Frame("MESSAGE", json => json.WriteStringValue(text));

    public static byte[] Error(QueryError error) => Frame("ERROR", json => json.WriteStringValue(error.Text));

    public static byte[] Result(StatementOutcome outcome) => Frame("RESULT", json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("data");
        QueryReply.WriteData(json, outcome);
        json.WriteEndObject();
    });

    private static byte[] Frame(string type, Action<Utf8JsonWriter> message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, PandasSplit.Options))
        {
            json.WriteStartObject();
            json.WriteString("output_type", type);
            json.WritePropertyName("output_message");
            message(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
