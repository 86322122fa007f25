namespace ThanoSql.Tests.Browser.World;

/// <summary>
/// Watches what no visit may bring: a request to somewhere else, what the Content-Security-Policy refused, an error on the console (so says Blazor
/// when something is thrown and not caught), an exception of a script.
/// </summary>
internal sealed class Guard
{
    private readonly List<string> _troubles = [];

    /// <param name="context">The profile that is watched.</param>
    /// <param name="origin">The only one that may be asked.</param>
    /// <param name="mayComplain">Whether errors on the console are part of the test.</param>
    public Guard(IBrowserContext context, Uri origin, bool mayComplain)
    {
        context.Request += (_, request) =>
        {
            if (new Uri(request.Url) is { Scheme: "http" or "https" or "ws" or "wss" } address && address.Authority != origin.Authority)
                Add($"A request to {request.Url}");
        };
        context.Page += (_, page) => page.WebSocket += (_, socket) =>
        {
            if (new Uri(socket.Url).Authority != origin.Authority)
                Add($"A socket to {socket.Url}");
        };
        context.WebError += (_, error) => Add($"An exception: {error.Error}");
        context.Console += (_, message) =>
        {
            if (message.Type == "error" && (!mayComplain || message.Text.Contains("Content Security Policy", StringComparison.Ordinal)))
                Add($"On the console: {message.Text} ({message.Location})");
        };
    }

    public IReadOnlyList<string> Troubles
    {
        get
        {
            lock (_troubles)
                return [.. _troubles];
        }
    }

    private void Add(string trouble)
    {
        lock (_troubles)
            _troubles.Add(trouble);
    }
}
