using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Query.Access;

/// <summary>
/// Notes when tokens were used last: once a minute in one statement for all of them, and at the end, so that no request waits for it.
/// </summary>
internal sealed partial class TokenUses(TokenCatalog tokens, TimeProvider time, ILogger<TokenUses> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<int, DateTimeOffset> _used = [];

    public void Note(ApiToken token) => _used[token.Id] = time.GetUtcNow();

    /// <summary>Writes what was noted since the last time.</summary>
    internal async Task WriteAsync(CancellationToken cancellationToken)
    {
        var used = new Dictionary<int, DateTimeOffset>();
        foreach (var id in _used.Keys)
        {
            if (_used.TryRemove(id, out var last))
                used[id] = last;
        }
        if (used.Count == 0)
            return;
        try
        {
            await tokens.UsedAsync(used, cancellationToken);
        }
        catch (NpgsqlException error)
        {
            foreach (var (id, last) in used)
                _used.TryAdd(id, last);
            LogPutOff(error.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await WriteAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
            await WriteAsync(patience.Token);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When tokens were used last is noted later: {Reason}")]
    private partial void LogPutOff(string reason);
}
