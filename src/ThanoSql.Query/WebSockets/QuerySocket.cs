using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.WebSockets;

/// <summary>
/// <c>/ws/v1/query?api_token=…</c>, the notebooks' way in (clients 0.2.6 to 0.2.9): one statement a connection; MESSAGE frames, then RESULT or ERROR,
/// then the end. PING keeps proxies from closing a connection over a long training. A client that goes away cancels its statement.
/// </summary>
internal sealed partial class QuerySocket(
    StatementRunner runner, IOptions<QueryLimits> limits, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<QuerySocket> logger)
{
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.Map("/ws/v1/query", (HttpContext context, [FromServices] QuerySocket socket) => socket.AcceptAsync(context))
            .Require(TokenScope.Search)
            .ExcludeFromDescription();

    private async Task AcceptAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await Problems.WriteAsync(
                context,
                new QueryError(ErrorCode.BadRequest, "This address speaks websocket.", Hint: "POST /api/v1/query speaks HTTP.") { Status = 426 },
                context.RequestAborted);
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            if (await ReceiveAsync(socket, gone.Token) is not { } frame)
                return;
            var watch = WatchAsync(socket, gone);
            await AnswerAsync(socket, new(frame, TokenAuthentication.TokenOf(context)), gone.Token);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, gone.Token);
            await watch.WaitAsync(TimeSpan.FromSeconds(5), time, gone.Token); // old clients drop the connection instead of closing it
        }
        catch (Exception left) when (left is WebSocketException or OperationCanceledException or TimeoutException)
        {
            LogLeft(left.Message);
        }
    }

    private async Task AnswerAsync(WebSocket socket, Asked asked, CancellationToken gone)
    {
        var frames = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
        var sending = SendAsync(socket, frames.Reader, gone);
        using var ping = time.CreateTimer(_ => frames.Writer.TryWrite(Frames.Ping), null, PingEvery, PingEvery);
        try
        {
            var request = new StatementRequest(
                QueryRequest.StatementOf(asked.Frame), asked.Token, message => frames.Writer.TryWrite(Frames.Message(message)));
            var outcome = await runner.RunAsync(request, gone);
            frames.Writer.TryWrite(Frames.Result(outcome));
        }
        catch (Exception error) when (!gone.IsCancellationRequested)
        {
            var told = QueryError.Of(error);
            if (told.Status >= 500)
                LogFailed(error);
            frames.Writer.TryWrite(Frames.Error(told));
        }
        finally
        {
            frames.Writer.TryComplete();
        }
        await sending;
    }

    private static async Task SendAsync(WebSocket socket, ChannelReader<byte[]> frames, CancellationToken gone)
    {
        await foreach (var frame in frames.ReadAllAsync(gone))
            await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, gone);
    }

    // The client sends nothing more; this ends when it disconnects.
    private static async Task WatchAsync(WebSocket socket, CancellationTokenSource gone)
    {
        var buffer = new byte[256];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), gone.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
            }
        }
        catch (Exception lost) when (lost is WebSocketException or OperationCanceledException)
        {
            // without a close frame
        }
        if (!gone.IsCancellationRequested)
            await gone.CancelAsync();
    }

    private async Task<string?> ReceiveAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        using var frame = new MemoryStream();
        var buffer = new byte[16_384];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            frame.Write(buffer, 0, part.Count);
            if (frame.Length > limits.Value.RequestMegabytes * 1_000_000L)
            {
                var error = new QueryError(
                    ErrorCode.TooLarge, $"The request is larger than {limits.Value.RequestMegabytes} MB.",
                    Hint: "COPY a file instead of a text.");
                await socket.SendAsync(Frames.Error(error), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, null, cancellationToken);
                return null;
            }
            if (part.EndOfMessage)
                return Encoding.UTF8.GetString(frame.GetBuffer(), 0, (int)frame.Length);
        }
    }

    private sealed record Asked(string Frame, ApiToken Token);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A websocket client left: {Reason}")]
    private partial void LogLeft(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A statement failed")]
    private partial void LogFailed(Exception exception);
}

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
