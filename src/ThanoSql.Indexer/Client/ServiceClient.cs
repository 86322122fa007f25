using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;

namespace ThanoSql.Indexer.Client;

/// <summary>Speaks to a running service as the notebooks' client does: one websocket a statement, messages until a result or an error.</summary>
internal sealed class ServiceClient(Uri service, string token) : IDisposable
{
    private readonly HttpClient _http =
        new() { BaseAddress = service, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    public HttpClient Http => _http;

    /// <returns>The rows; null when the statement gives none.</returns>
    /// <exception cref="StatementException">The service answered with an error.</exception>
    /// <exception cref="StartException">The service cannot be reached or refuses the token.</exception>
    public async Task<ResultTable?> RunAsync(string statement, Action<string> message, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(cancellationToken);
        var request = JsonSerializer.SerializeToUtf8Bytes(new { query_string = statement, query_type = "thanosql" });
        await socket.SendAsync(request, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        while (true)
        {
            using var frame = JsonDocument.Parse(await ReceiveAsync(socket, cancellationToken));
            var output = frame.RootElement.GetProperty("output_message");
            switch (frame.RootElement.GetProperty("output_type").GetString())
            {
                case "MESSAGE":
                    message(output.GetString()!);
                    break;
                case "ERROR":
                    throw new StatementException(output.GetString()!);
                case "RESULT":
                    return ResultTable.Parse(output.GetProperty("data").GetProperty("df").GetString());
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<ClientWebSocket> ConnectAsync(CancellationToken cancellationToken)
    {
        var address = new UriBuilder(service)
        {
            Scheme = service.Scheme == "https" ? "wss" : "ws",
            Path = $"{service.AbsolutePath.TrimEnd('/')}/ws/v1/query", // it may be shown under a path
            Query = $"api_token={Uri.EscapeDataString(token)}",
        }.Uri;
        var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch (WebSocketException refused)
        {
            socket.Dispose();
            throw new StartException(
                $"No service answers at {service} with this token ({refused.Message}). Start one with `thanosql up`, or name it: --url, --token.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        using var frame = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (true)
        {
            var part = await PartAsync(socket, buffer, cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
                throw Gone();
            frame.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return frame.GetBuffer().AsMemory(0, (int)frame.Length);
        }
    }

    private static async Task<ValueWebSocketReceiveResult> PartAsync(ClientWebSocket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
        }
        catch (WebSocketException)
        {
            throw Gone();
        }
    }

    private static StartException Gone() =>
        new("The service went away before it answered. A build goes on when a trainer is back: SELECT * FROM thanosql.training_runs.");
}

/// <summary>A result as the protocol carries it: pandas' JSON of orientation <c>split</c>.</summary>
internal sealed record ResultTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows)
{
    /// <returns>Null for a statement without rows.</returns>
    public static ResultTable? Parse(string? split)
    {
        if (string.IsNullOrEmpty(split))
            return null;
        using var json = JsonDocument.Parse(split);
        return new ResultTable(
            [.. json.RootElement.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)],
            [.. json.RootElement.GetProperty("data").EnumerateArray().Select(row => (IReadOnlyList<string?>)[.. row.EnumerateArray().Select(Text)])]);
    }

    /// <summary>Draws the first rows, and says how many there are.</summary>
    public void Draw(IAnsiConsole console, int rows = 10)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in Columns)
            table.AddColumn(Markup.Escape(column));
        foreach (var row in Rows.Take(rows))
            table.AddRow([.. row.Select(cell => cell is null ? "[grey]NULL[/]" : Markup.Escape(cell))]);
        console.Write(table);
        console.MarkupLine(Rows.Count > rows ? $"[grey]{Rows.Count} rows, the first {rows} shown[/]" : $"[grey]{Rows.Count} row(s)[/]");
    }

    private static string? Text(JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => cell.GetString(),
        _ => cell.GetRawText(),
    };
}

/// <summary>The service's answer to a statement that it cannot run.</summary>
internal sealed class StatementException(string message) : Exception(message);
