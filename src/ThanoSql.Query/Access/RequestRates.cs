using System.Collections.Concurrent;

namespace ThanoSql.Query.Access;

/// <summary>
/// Counts the requests of tokens that may send so many a minute, in this process. A minute begins with its first request. .NET's own
/// FixedWindowRateLimiter does not tell until when its window lasts, which a client wants to know.
/// </summary>
internal sealed class RequestRates(TimeProvider time)
{
    /// <summary>The length of a window.</summary>
    public const int Seconds = 60;

    private readonly ConcurrentDictionary<int, Window> _windows = [];

    /// <summary>Counts a request.</summary>
    /// <param name="token">The number of its token.</param>
    /// <param name="most">Requests of a window.</param>
    public RateState Count(int token, int most) => _windows.GetOrAdd(token, static _ => new Window()).Count(most, time);

    private sealed class Window
    {
        private readonly Lock _lock = new();
        private long _beganAt;
        private int _count;

        public RateState Count(int most, TimeProvider time)
        {
            lock (_lock)
            {
                var passed = time.GetElapsedTime(_beganAt).TotalSeconds;
                if (_count == 0 || passed >= Seconds)
                    (_beganAt, _count, passed) = (time.GetTimestamp(), 0, 0);
                var isOver = _count >= most;
                if (!isOver)
                    _count++;
                return new RateState(isOver, Math.Max(0, most - _count), (int)Math.Ceiling(Seconds - passed));
            }
        }
    }
}

/// <param name="IsOver">Whether the request is one too many.</param>
/// <param name="Left">Requests that the window has left.</param>
/// <param name="Seconds">Until the next window, 1 to 60.</param>
internal readonly record struct RateState(bool IsOver, int Left, int Seconds);
