using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>
/// What thanosql-magic 0.2.9 does with a cell: one frame out, frames in until RESULT or ERROR; it never closes the connection itself.
/// </summary>
internal static class Client029
{
    /// <summary>What the notebook prints and shows.</summary>
    public sealed record Shown(IReadOnlyList<string> Printed, JsonElement? DataFrame, string? Error);

    public static Task<Shown> RunAsync(Uri service, string token, string cell) =>
        SendAsync(service, token, JsonSerializer.Serialize(new { query_string = cell, query_type = "thanosql" }));

    /// <summary>Client 0.2.6: the frame is the SQL itself.</summary>
    public static Task<Shown> RunBareAsync(Uri service, string token, string cell) => SendAsync(service, token, cell);

    public static async Task<ClientWebSocket> ConnectAsync(Uri service, string token)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{service.Authority}/ws/v1/query?api_token={token}"), CancellationToken.None);
        return socket;
    }

    public static async Task<JsonElement?> ReceiveAsync(ClientWebSocket socket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var frame = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            frame.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage)
                continue;
            using var json = JsonDocument.Parse(frame.ToArray());
            return json.RootElement.Clone();
        }
    }

    private static async Task<Shown> SendAsync(Uri service, string token, string frame)
    {
        using var socket = await ConnectAsync(service, token);
        await socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, CancellationToken.None);
        var printed = new List<string>();
        while (true)
        {
            var answer = await ReceiveAsync(socket) ?? throw new JsonException("Expecting value: line 1 column 1 (char 0)"); // as Python says it
            var message = answer.GetProperty("output_message");
            switch (answer.GetProperty("output_type").GetString())
            {
                case "MESSAGE":
                    printed.Add(message.GetString()!);
                    break;
                case "ERROR":
                    return new Shown(printed, null, message.GetString());
                case "RESULT":
                    return Show(printed, message.GetProperty("data"));
            }
        }
    }

    private static Shown Show(List<string> printed, JsonElement data)
    {
        if (data.GetProperty("df").GetString() is not { Length: > 0 } df)
        {
            printed.Add("Success");
            return new Shown(printed, null, null);
        }
        using var split = JsonDocument.Parse(df);
        return new Shown(printed, split.RootElement.Clone(), null);
    }
}
