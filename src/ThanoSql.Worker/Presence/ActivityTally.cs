using ThanoSql.Catalog.Live;

namespace ThanoSql.Worker.Presence;

/// <summary>Counts what became of images, in spans of five seconds by the database's clock. Thread-safe; costs nothing worth telling.</summary>
internal sealed class ActivityTally
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, Count> _spans = []; // by number since the epoch
    private TimeSpan _ahead; // the database's clock of ours

    /// <summary>An image is settled.</summary>
    /// <param name="result">How.</param>
    /// <param name="now">By our clock.</param>
    public void Add(ImageResult result, DateTimeOffset now)
    {
        if (result is ImageResult.Gone)
            return;
        lock (_gate)
        {
            var number = NumberOf(now);
            if (!_spans.TryGetValue(number, out var count))
                _spans[number] = count = new Count();
            if (result is ImageResult.Indexed)
            {
                count.Indexed++;
                count.Lag += TimeSpan.FromTicks(Math.Max(0, (now - result.Image.EventAt).Ticks));
            }
            else
            {
                count.Failed++;
            }
        }
    }

    /// <summary>The spans that are over and were not forgotten.</summary>
    public IReadOnlyList<ActivitySpan> Over(DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. _spans.Where(s => s.Key < NumberOf(now)).Select(s => new ActivitySpan(
                DateTimeOffset.UnixEpoch + s.Key * ActivitySpan.Length, s.Value.Indexed, s.Value.Failed, (long)s.Value.Lag.TotalMilliseconds))];
        }
    }

    /// <summary>These were told.</summary>
    public void Forget(IReadOnlyList<ActivitySpan> told)
    {
        lock (_gate)
        {
            foreach (var span in told)
                _spans.Remove((span.At - DateTimeOffset.UnixEpoch).Ticks / ActivitySpan.Length.Ticks);
        }
    }

    /// <summary>What the database's clock says.</summary>
    public void Set(DateTimeOffset database, DateTimeOffset now)
    {
        lock (_gate)
            _ahead = database - now;
    }

    /// <summary>How long the span lasts that we are in.</summary>
    public TimeSpan Left(DateTimeOffset now)
    {
        lock (_gate)
            return DateTimeOffset.UnixEpoch + (NumberOf(now) + 1) * ActivitySpan.Length - (now + _ahead);
    }

    private long NumberOf(DateTimeOffset now) => (now + _ahead - DateTimeOffset.UnixEpoch).Ticks / ActivitySpan.Length.Ticks;

    private sealed class Count
    {
        public int Indexed { get; set; }

        public int Failed { get; set; }

        public TimeSpan Lag { get; set; }
    }
}
