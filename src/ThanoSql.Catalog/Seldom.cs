using System.Collections.Concurrent;

namespace ThanoSql.Catalog;

/// <summary>Lets what happens again and again be said once a minute.</summary>
public sealed class Seldom(TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> _said = [];

    /// <summary>Whether to say it now.</summary>
    /// <param name="kind">What is said: one of a few words.</param>
    public bool IsDue(string kind = "")
    {
        var now = time.GetTimestamp();
        return _said.TryGetValue(kind, out var said)
            ? time.GetElapsedTime(said, now) >= Every && _said.TryUpdate(kind, now, said)
            : _said.TryAdd(kind, now);
    }

    /// <summary>Whether to say now that the database failed.</summary>
    public bool IsDue(Exception error) => IsDue(error is PostgresException refused ? refused.SqlState : "away");
}
