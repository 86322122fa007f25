using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Query.Access;

/// <summary>
/// Ends what a token is still doing when it is revoked or expires: statements, websockets, builds that somebody waits for, and the image links that
/// were made for it. Looks twice a second, and only while there is something to end.
/// </summary>
internal sealed partial class TokenWatch(
    TokenCatalog tokens, RecentTokens recent, DatabaseOutage outage, TimeProvider time, ILogger<TokenWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Hold, bool> _held = [];

    /// <summary>Ties a request to its token: its <see cref="HttpContext.RequestAborted"/> ends with the token, too.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (TokenAuthentication.TryTokenOf(context) is not { } token)
        {
            await next(context);
            return;
        }
        var watch = (TokenWatch)context.RequestServices.GetService(typeof(TokenWatch))!;
        var client = context.RequestAborted;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(client);
        var hold = new Hold(token.Id, both);
        watch._held[hold] = true;
        try
        {
            context.RequestAborted = both.Token;
            await next(context);
        }
        catch (Exception) when (hold.IsRevoked && !client.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.RequestAborted = client;
            await TokenAuthentication.WriteRevokedAsync(context);
        }
        finally
        {
            watch._held.TryRemove(hold, out _);
            context.RequestAborted = client;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogPutOff(error.Message);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var ids = _held.Keys.Select(hold => hold.Token).Distinct().ToArray();
        if (ids.Length == 0)
            return;
        var inForce = await tokens.InForceAsync(ids, cancellationToken);
        var over = ids.Where(id => !inForce.Contains(id)).ToHashSet();
        foreach (var id in over)
            recent.Forget(id); // who is told that it was revoked may not find it in force
        foreach (var hold in _held.Keys.Where(hold => over.Contains(hold.Token)))
            await hold.RevokeAsync();
    }

    /// <summary>One request under way.</summary>
    private sealed class Hold(int token, CancellationTokenSource stop)
    {
        public int Token => token;

        public bool IsRevoked { get; private set; }

        public async Task RevokeAsync()
        {
            IsRevoked = true;
            try
            {
                await stop.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether tokens were revoked could not be looked up: {Reason}")]
    private partial void LogPutOff(string reason);
}
