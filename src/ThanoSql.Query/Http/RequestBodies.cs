using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace ThanoSql.Query.Http;

/// <summary>
/// Reads the bodies of requests. One that is longer than a megabyte takes a turn: many large ones at once would fill the memory while they arrive,
/// however slowly.
/// </summary>
internal sealed class RequestBodies(IOptions<QueryLimits> limits, TimeProvider time)
    : Turnstile(
        new TurnLimits(
            limits.Value.LargeRequests, limits.Value.TokenLargeRequests, limits.Value.TokenWaiting, limits.Value.Waiting,
            TimeSpan.FromSeconds(limits.Value.WaitSeconds),
            ("large requests", "Query:Limits:LargeRequests", "Query:Limits:TokenLargeRequests")), time)
{
    private const int Small = 1_000_000; // bytes

    /// <exception cref="QueryException">Too long, or the token sends too many large ones.</exception>
    public async Task<ReadBody> ReadWholeAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var most = limits.Value.RequestMegabytes * 1_000_000L;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = most;
        var body = new ArrayBufferWriter<byte>(4096);
        var turn = new LateTurn(this, TokenAuthentication.TokenOf(context).Name);
        try
        {
            while (await context.Request.Body.ReadAsync(body.GetMemory(4096), cancellationToken) is > 0 and var read)
            {
                body.Advance(read);
                await CheckAsync(body.WrittenCount, turn, cancellationToken);
            }
            return new ReadBody(body.WrittenMemory, turn);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Counts what arrived of a request so far.</summary>
    /// <exception cref="QueryException">It is too long, or the token sends too many large ones.</exception>
    public async ValueTask CheckAsync(long bytes, LateTurn turn, CancellationToken cancellationToken)
    {
        if (bytes > limits.Value.RequestMegabytes * 1_000_000L)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"The request is larger than {limits.Value.RequestMegabytes} MB (Query:Limits:RequestMegabytes).",
                hint: "COPY a file instead of a text.");
        }
        if (bytes > Small)
            await turn.EnterAsync(cancellationToken);
    }
}

/// <summary>A turn that is taken only once it is needed.</summary>
internal sealed class LateTurn(Turnstile turnstile, string token) : IDisposable
{
    private Turn? _turn;

    public async ValueTask EnterAsync(CancellationToken cancellationToken) => _turn ??= await turnstile.EnterAsync(token, cancellationToken);

    /// <summary>Hands it to somebody else, who gives it back.</summary>
    public IDisposable? Take()
    {
        var turn = _turn;
        _turn = null;
        return turn;
    }

    public void Dispose() => _turn?.Dispose();
}

/// <summary>A request's body; to be disposed when the request is answered.</summary>
internal sealed record ReadBody(ReadOnlyMemory<byte> Body, LateTurn Turn) : IDisposable
{
    public void Dispose() => Turn.Dispose();
}
