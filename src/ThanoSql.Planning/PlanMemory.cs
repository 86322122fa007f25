using Microsoft.Extensions.Caching.Memory;

namespace ThanoSql.Planning;

/// <summary>Plans of requests that are likely to come again, with the checks under which they may be used again.</summary>
internal sealed class PlanMemory : IDisposable
{
    private const int Plans = 512;
    private const int LongestText = 8_192;

    private readonly MemoryCache _plans = new(new MemoryCacheOptions { SizeLimit = Plans });

    public PlannedQuery? Recall(string text) => _plans.TryGetValue(text, out PlannedQuery? plan) ? plan : null;

    public void Keep(string text, PlannedQuery plan)
    {
        if (text.Length <= LongestText)
            _plans.Set(text, plan, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromHours(1) });
    }

    public void Dispose() => _plans.Dispose();
}
