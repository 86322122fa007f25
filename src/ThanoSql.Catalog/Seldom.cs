namespace ThanoSql.Catalog;

/// <summary>Lets what happens again and again be said once a minute.</summary>
public sealed class Seldom(TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _said;

    /// <summary>Whether to say it now.</summary>
    public bool IsDue()
    {
        lock (_gate)
        {
            if (_said is { } said && time.GetElapsedTime(said) < Every)
                return false;
            _said = time.GetTimestamp();
            return true;
        }
    }
}
