using ThanoSql.Catalog.Live;

namespace ThanoSql.Query.Live;

/// <summary>How things stand, for pages that show it live.</summary>
public sealed record LiveFigures
{
    /// <summary>Spans of five seconds in <see cref="Rates"/>: ten minutes.</summary>
    public const int Spans = 120;

    // Of the last spans that are over: enough of them to be steady, few enough to be now
    private const int SpansOfNow = 2;

    /// <summary>Before anything is known.</summary>
    public static LiveFigures None { get; } = new() { Look = new LiveLook { At = DateTime.UnixEpoch }, IsStale = true };

    /// <summary>What the last look told.</summary>
    public required LiveLook Look { get; init; }

    /// <summary>What was counted last, now and then; null before the first time.</summary>
    public LiveCounts? Counts { get; init; }

    /// <summary>The database does not answer: this is how things stood.</summary>
    public bool IsStale { get; init; }

    /// <summary>Pictures in the index; null before they are counted.</summary>
    public long? Indexed => Counts?.Indexed;

    /// <summary>Pictures that wait for a look. More than <see cref="LiveLook.Most"/> are counted now and then only.</summary>
    public long Pending => Look.Pending < LiveLook.Most ? Look.Pending : Math.Max(Look.Pending, Counts?.Pending ?? 0);

    /// <summary>How long the longest waiting picture has been due; null when none is.</summary>
    public TimeSpan? OldestWait => Look.DueSince is { } since && since <= Look.At ? Look.At - since : null;

    /// <summary>Pictures indexed in a second, in each five seconds of the last ten minutes, the oldest first.</summary>
    public IReadOnlyList<double> Rates { get; private init; } = new double[Spans];

    /// <summary>Pictures indexed in a second, just now.</summary>
    public double Rate => Rates.TakeLast(SpansOfNow).Average();

    /// <summary>From event to row, of pictures indexed in the last minute, on average; null when there were none.</summary>
    public TimeSpan? Lag { get; private init; }

    /// <param name="look">Of this moment.</param>
    /// <param name="counts">Of some moment before; null for not yet.</param>
    public static LiveFigures Of(LiveLook look, LiveCounts? counts)
    {
        var over = OverAt(look.At);
        var rates = new double[Spans];
        foreach (var span in look.Activity)
        {
            if (Spans - (int)((over - span.At) / ActivitySpan.Length) is >= 0 and < Spans and var place)
                rates[place] += span.Indexed / ActivitySpan.Length.TotalSeconds;
        }
        var minute = look.Activity.Where(span => span.Indexed > 0 && span.At >= over - TimeSpan.FromMinutes(1)).ToList();
        return new LiveFigures
        {
            Look = look,
            Counts = counts,
            Rates = rates,
            Lag = minute.Count == 0
                ? null
                : TimeSpan.FromMilliseconds((double)minute.Sum(span => span.LagMilliseconds) / minute.Sum(span => (long)span.Indexed)),
        };
    }

    // The end of the last span that workers have told of: they do so within a second after it
    private static DateTimeOffset OverAt(DateTime now)
    {
        var told = now - TimeSpan.FromSeconds(1);
        return new DateTimeOffset(told.Ticks - told.Ticks % ActivitySpan.Length.Ticks, TimeSpan.Zero);
    }
}
