using ThanoSql.Catalog.Live;

namespace ThanoSql.Query.Live;

/// <summary>
/// Counts what takes longer the more images there are, as seldom as keeps it at a hundredth of the time: each second for some ten thousand, twice a
/// minute for a million. Not thread-safe.
/// </summary>
internal sealed class SlowCount(LiveCatalog catalog, TimeProvider time)
{
    private const int Share = 100;

    // So short that it is better waited for: figures belong together
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(250);

    private Task<LiveCounts>? _counting;
    private LiveCounts? _last;
    private long _began;
    private long _nextAt;

    /// <summary>The last count, which may be a new one.</summary>
    /// <returns>Null before the first has ended.</returns>
    /// <exception cref="NpgsqlException">The last count failed; the next call begins another.</exception>
    public async Task<LiveCounts?> LastAsync(IReadOnlyList<LivePipeline> pipelines, CancellationToken cancellationToken)
    {
        if (_counting is null && time.GetTimestamp() >= _nextAt)
        {
            _began = time.GetTimestamp();
            _counting = CountAsync(pipelines);
        }
        if (_counting is not { } counting)
            return _last;
        await Task.WhenAny(counting, Task.Delay(Short, time, cancellationToken));
        if (counting.IsCompleted)
        {
            _counting = null;
            _last = await counting;
        }
        return _last;
    }

    // Whoever looks on may leave: it ends by itself
    private async Task<LiveCounts> CountAsync(IReadOnlyList<LivePipeline> pipelines)
    {
        try
        {
            return await catalog.CountAsync(pipelines, CancellationToken.None);
        }
        finally
        {
            var now = time.GetTimestamp();
            _nextAt = now + Share * (now - _began);
        }
    }
}
