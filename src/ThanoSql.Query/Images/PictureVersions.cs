using System.Security.Cryptography;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Query.Images;

/// <summary>
/// When pictures were replaced under their names lately, as of the last half second: part of the links to them, which change with what they show.
/// Kept by the hash of a name in a table of fixed size, so that now and then a picture's link changes with another's.
/// </summary>
internal sealed class PictureVersions
{
    private const int Slots = 4096;
    private static readonly TimeSpan Memory = TimeSpan.FromHours(2); // links change by themselves every hour
    private static readonly TimeSpan LongestCommit = TimeSpan.FromMinutes(1); // noted by then, and seen only now

    private readonly ReplacementLedger _replacements;
    private readonly TimeProvider _time;
    private readonly Recent<bool, PictureVersions> _looks;
    private readonly long[] _replaced = new long[Slots];
    private readonly Lock _lock = new();
    private DateTimeOffset? _seen;

    public PictureVersions(ServiceDatabase service, TimeProvider time)
    {
        (_replacements, _time) = (new ReplacementLedger(service.Source), time);
        _looks = new Recent<bool, PictureVersions>((_, cancellationToken) => ReadAsync(cancellationToken), time);
    }

    public static int SlotOf(string bucket, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{bucket}\n{key}"), hash);
        return (hash[0] << 8 | hash[1]) % Slots;
    }

    /// <summary>Learns what was replaced, unless that was done within the last half second.</summary>
    public ValueTask<PictureVersions?> LookAsync(CancellationToken cancellationToken) => _looks.GetAsync(true, cancellationToken);

    /// <summary>When a picture of the slot was replaced, in Unix milliseconds; 0 when that was before a time of interest, or never.</summary>
    public long Of(int slot, long since) => Volatile.Read(ref _replaced[slot]) is var at && at >= since ? at : 0;

    internal void Learn(IEnumerable<Replacement> replacements)
    {
        lock (_lock)
        {
            foreach (var replacement in replacements)
            {
                DateTimeOffset at = replacement.At;
                ref var slot = ref _replaced[SlotOf(replacement.Bucket, replacement.Key)];
                slot = Math.Max(slot, at.ToUnixTimeMilliseconds());
                _seen = _seen > at ? _seen : at;
            }
        }
    }

    private async Task<PictureVersions?> ReadAsync(CancellationToken cancellationToken)
    {
        var since = _seen - LongestCommit ?? _time.GetUtcNow() - Memory;
        Learn(await _replacements.SinceAsync(since, cancellationToken));
        return this;
    }
}
