using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Query.Doors;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.WebSockets;

/// <summary>
/// <c>/ws/v1/query?api_token=…</c>, the notebooks' way in (clients 0.2.6 to 0.2.9): one statement a connection; MESSAGE frames, then RESULT or ERROR,
/// then the end. PING keeps proxies from closing a connection over a long training. A client that goes away cancels its statement. A service that
/// stops ends each with an ERROR. <c>/v3/ws/v1/query</c> is the same for clients from 0.3 on, which send what the others send, and read rows from
/// PostgreSQL: they are told apart by the address alone, so that nobody else is handed a login.
/// </summary>
internal sealed partial class QuerySocket(
    StatementRunner runner, HandedLogins logins, RequestBodies bodies, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<QuerySocket> logger)
{
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1); // until the statement is there
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5); // old clients drop the connection instead of closing it
    private static readonly TimeSpan ShortFarewell = TimeSpan.FromSeconds(1); // of a service that stops

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.Map("/ws/v1/query", (HttpContext context, [FromServices] QuerySocket socket) => socket.AcceptAsync(context, handsLogin: false))
            .Require(TokenScope.Search)
            .ExcludeFromDescription();
        endpoints.Map("/v3/ws/v1/query", (HttpContext context, [FromServices] QuerySocket socket) => socket.AcceptAsync(context, handsLogin: true))
            .Require(TokenScope.Query)
            .ExcludeFromDescription();
    }

    private async Task AcceptAsync(HttpContext context, bool handsLogin)
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
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(gone.Token, lifetime.ApplicationStopping);
        try
        {
            var token = TokenAuthentication.TokenOf(context);
            using var turn = new LateTurn(bodies, token.Name);
            if (await ReceiveAsync(socket, turn, end.Token) is not { } frame)
                return;
            var watch = WatchAsync(socket, gone);
            await AnswerAsync(socket, new(frame, token, handsLogin), gone.Token, end.Token);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, gone.Token);
            await watch.WaitAsync(lifetime.ApplicationStopping.IsCancellationRequested ? ShortFarewell : Farewell, time, gone.Token);
        }
        catch (Exception left) when (left is WebSocketException or OperationCanceledException or TimeoutException)
        {
            LogLeft(left.Message);
        }
    }

    /// <param name="gone">The client left.</param>
    /// <param name="end">It left, or the service stops.</param>
    private async Task AnswerAsync(WebSocket socket, Asked asked, CancellationToken gone, CancellationToken end)
    {
        var frames = Channel.CreateUnbounded<Frame>(new UnboundedChannelOptions { SingleReader = true });
        var sending = SendAsync(socket, frames.Reader, gone);
        using var ping = time.CreateTimer(_ => frames.Writer.TryWrite(Frames.Ping), null, PingEvery, PingEvery);
        try
        {
            var request = new StatementRequest(
                QueryRequest.StatementOf(asked.Frame), asked.Token, message => frames.Writer.TryWrite(Frames.Message(message)));
            var login = asked.HandsLogin ? await logins.OfAsync(asked.Token, end) : null; // before anything is changed that it could fail for
            using var outcome = await runner.RunAsync(request, end);
            if (login is null && LongNumbers.MessageFor(outcome.Table) is { } longNumbers)
                request.Report(longNumbers);
            frames.Writer.TryWrite(login is null ? Frames.Result(outcome) : HandedResult.Of(outcome, login));
            frames.Writer.TryComplete();
            await sending;
            return;
        }
        catch (Exception error) when (!gone.IsCancellationRequested)
        {
            var told = QueryError.Of(error is OperationCanceledException ? Stopped() : error);
            if (told.Status >= 500 && told.Code != ErrorCode.Stopping)
                LogFailed(error);
            frames.Writer.TryWrite(Frames.Error(told));
        }
        finally
        {
            frames.Writer.TryComplete();
        }
        await sending;
    }

    private static QueryException Stopped() => new(
        ErrorCode.Stopping, "This service stops: the statement was cancelled.", hint: "Ask another one, or this one again in a moment.");

    private static async Task SendAsync(WebSocket socket, ChannelReader<Frame> frames, CancellationToken gone)
    {
        await foreach (var frame in frames.ReadAllAsync(gone))
            await SendAsync(socket, frame, gone);
    }

    private static async Task SendAsync(WebSocket socket, Frame frame, CancellationToken gone)
    {
        using var json = new JsonStream((piece, isLast) => socket.SendAsync(piece, WebSocketMessageType.Text, isLast, gone));
        await frame.WriteAsync(json);
        await json.CompleteAsync();
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

    private async Task<string?> ReceiveAsync(WebSocket socket, LateTurn turn, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Patience);
        using var frame = new MemoryStream();
        var buffer = new byte[16_384];
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), late.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                    return null;
                frame.Write(buffer, 0, part.Count);
                await bodies.CheckAsync(frame.Length, turn, cancellationToken);
                if (part.EndOfMessage)
                    return Encoding.UTF8.GetString(frame.GetBuffer(), 0, (int)frame.Length);
            }
        }
        catch (QueryException refused)
        {
            var status = refused.Code == ErrorCode.TooLarge ? WebSocketCloseStatus.MessageTooBig : WebSocketCloseStatus.PolicyViolation;
            await SendAsync(socket, Frames.Error(QueryError.Of(refused)), cancellationToken);
            await socket.CloseOutputAsync(status, null, cancellationToken);
            return null;
        }
    }

    private sealed record Asked(string Frame, ApiToken Token, bool HandsLogin);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A websocket client left: {Reason}")]
    private partial void LogLeft(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A statement failed")]
    private partial void LogFailed(Exception exception);
}
