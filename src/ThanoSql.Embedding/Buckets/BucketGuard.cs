using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;

namespace ThanoSql.Embedding.Buckets;

/// <summary>
/// Tells whether the store behind a bucket is the one that its images are known from. A folder whose file system is unmounted, a bucket that was
/// emptied or made anew, and another server all look like a store in which every picture was deleted.
/// </summary>
/// <param name="store">As it is, unguarded.</param>
/// <param name="marks">The same store's markers.</param>
/// <param name="ledger">What the buckets are known by.</param>
/// <param name="time">For how long an answer holds.</param>
public sealed partial class BucketGuard(
    IObjectStore store, IMarkedStore marks, BucketLedger ledger, TimeProvider time, ILogger<BucketGuard> logger)
{
    private const int MostRemembered = 1000; // statements name any bucket
    private const int SampleSize = 100;
    private const int SampleReaders = 8;
    private const double SampleShare = 0.5;

    // A store that goes away is noticed so soon
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Answers> _buckets = new(StringComparer.Ordinal);

    /// <summary>Makes sure that the bucket was there a moment ago.</summary>
    /// <exception cref="StoreAbsentException">It is not, or does not answer; the message says what to do.</exception>
    public Task RequireAsync(string bucket, CancellationToken cancellationToken) => RequireAsync(bucket, Validity, cancellationToken);

    /// <summary>Makes sure that the bucket is there now: what it did not have a moment ago is gone.</summary>
    /// <exception cref="StoreAbsentException">It is not, or does not answer.</exception>
    public Task ConfirmAsync(string bucket, CancellationToken cancellationToken) => RequireAsync(bucket, TimeSpan.Zero, cancellationToken);

    /// <summary>Looks now.</summary>
    /// <returns>Why the bucket is not there; null when it is.</returns>
    public Task<string?> CheckAsync(string bucket, CancellationToken cancellationToken) => AnswerAsync(bucket, TimeSpan.Zero, cancellationToken);

    /// <summary>Makes a bucket unless it exists, or images of it are known: then it is to be brought back, not made.</summary>
    /// <exception cref="StoreAbsentException">It is not there.</exception>
    public async Task EnsureAsync(string bucket, CancellationToken cancellationToken)
    {
        if (!await ledger.HasImagesAsync(bucket, cancellationToken))
            await store.EnsureBucketAsync(bucket, cancellationToken);
        await RequireAsync(bucket, cancellationToken);
    }

    /// <summary>What the store holds now, whether it is the known one or not.</summary>
    public IAsyncEnumerable<ObjectPage> ListAsync(string bucket, CancellationToken cancellationToken) =>
        store.ListAsync(bucket, "", null, cancellationToken);

    /// <summary>Takes what is there now for the bucket from now on: by the marker that it has, or by a new one.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task AdoptAsync(string bucket, CancellationToken cancellationToken)
    {
        var marker = await marks.ReadMarkerAsync(bucket, cancellationToken);
        await MarkAsync(bucket, marker, marker ?? Guid.NewGuid(), cancellationToken);
        await ledger.NoteAsync(bucket, null, cancellationToken);
    }

    private async Task RequireAsync(string bucket, TimeSpan age, CancellationToken cancellationToken)
    {
        if (await AnswerAsync(bucket, age, cancellationToken) is { } reason)
            throw new StoreAbsentException(reason);
    }

    private Task<string?> AnswerAsync(string bucket, TimeSpan age, CancellationToken cancellationToken)
    {
        if (_buckets.Count > MostRemembered)
            _buckets.Clear();
        var answers = _buckets.GetOrAdd(bucket, _ => new Answers(time));
        return answers.GetAsync(age, () => LookAsync(bucket, CancellationToken.None)).WaitAsync(cancellationToken); // one may leave, others stay
    }

    private async Task<string?> LookAsync(string bucket, CancellationToken cancellationToken)
    {
        if (await ledger.FindAsync(bucket, cancellationToken) is not { } known)
            return null; // nobody's
        try
        {
            var found = known.Proof == BucketProof.Sample ? null : await marks.ReadMarkerAsync(bucket, cancellationToken);
            if (known.Proof == BucketProof.Marker && found == known.Marker)
                return null;
            return await ledger.HasImagesAsync(bucket, cancellationToken)
                ? await DoubtAsync(bucket, known, found, cancellationToken)
                : await MarkIfPossibleAsync(bucket, found, known.Marker, cancellationToken); // nothing to lose
        }
        catch (BucketNotFoundException)
        {
            return await ledger.HasImagesAsync(bucket, cancellationToken) ? Absent(bucket, "it does not exist") : null;
        }
        catch (StoreException error)
        {
            return $"Bucket '{bucket}' cannot be examined: {error.Message}";
        }
    }

    /// <summary>Nothing proves a bucket of known images yet.</summary>
    private async Task<string?> DoubtAsync(string bucket, KnownBucket known, Guid? found, CancellationToken cancellationToken)
    {
        switch (known.Proof)
        {
            case BucketProof.Marker:
                return found is null ? Lacks(bucket, "no marker") : Absent(bucket, "it has the marker of another store");
            case BucketProof.Sample:
                return await HasSampleAsync(bucket, cancellationToken) ? null : Lacks(bucket, "none of its known images");
            default:
                return await HasSampleAsync(bucket, cancellationToken)
                    ? await MarkIfPossibleAsync(bucket, found, known.Marker, cancellationToken)
                    : Lacks(bucket, "no marker and none of its known images");
        }
    }

    private static string Lacks(string bucket, string what) => Absent(bucket, $"it has {what}");

    private static string Absent(string bucket, string why) =>
        $"The store of bucket '{bucket}' is not there: {why} ({BucketMarker.Key}). Mount it or bring it back, and work goes on by itself. "
        + $"If it is another one on purpose: thanosql store adopt {bucket}";

    private async Task<string?> MarkIfPossibleAsync(string bucket, Guid? found, Guid wanted, CancellationToken cancellationToken)
    {
        try
        {
            await MarkAsync(bucket, found, wanted, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // Full, perhaps: it is there all the same, and is marked the next time
        }
        return null;
    }

    private async Task MarkAsync(string bucket, Guid? found, Guid wanted, CancellationToken cancellationToken)
    {
        var proof = new KnownBucket(found ?? wanted, BucketProof.Marker);
        try
        {
            if (found is null)
                await marks.WriteMarkerAsync(bucket, wanted, cancellationToken);
        }
        catch (StoreRefusedException refused)
        {
            LogUnmarked(bucket, refused.Message);
            proof = proof with { Proof = BucketProof.Sample };
        }
        await ledger.ProveAsync(bucket, proof, cancellationToken);
    }

    /// <summary>Whether at least half of some known objects are there; where all of those are in doubt, one of them or any other is enough.</summary>
    private async Task<bool> HasSampleAsync(string bucket, CancellationToken cancellationToken)
    {
        var (keys, areInDoubt) = await ledger.SampleAsync(bucket, SampleSize, cancellationToken);
        var there = 0;
        await Parallel.ForEachAsync(
            keys, new ParallelOptions { MaxDegreeOfParallelism = SampleReaders, CancellationToken = cancellationToken }, async (key, token) =>
            {
                if (await store.StatAsync(new ObjectPath(bucket, key), token) is not null)
                    Interlocked.Increment(ref there);
            });
        if (!areInDoubt)
            return there >= keys.Count * SampleShare;
        if (there > 0)
            return true;
        await foreach (var page in store.ListAsync(bucket, "", null, cancellationToken))
            return page.Objects.Count > 0;
        return false;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Bucket {Bucket} cannot be marked ({Reason}), so a hundred known objects decide whether it is there. To mark it later: "
            + "thanosql store adopt {Bucket}")]
    private partial void LogUnmarked(string bucket, string reason);

    /// <summary>The last answer about one bucket. Who asks for a newer one than is being looked for shares the next one.</summary>
    private sealed class Answers(TimeProvider time)
    {
        private readonly Lock _gate = new();
        private long _begun = long.MinValue;
        private Task<string?> _last = Task.FromResult<string?>(null);
        private Task<string?>? _next;

        public Task<string?> GetAsync(TimeSpan age, Func<Task<string?>> look)
        {
            var earliest = time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency);
            lock (_gate)
            {
                if (_begun >= earliest && !_last.IsFaulted)
                    return _last;
                return _next ??= Task.Run(() => LookAsync(_last, look));
            }
        }

        private async Task<string?> LookAsync(Task before, Func<Task<string?>> look)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_gate)
                (_begun, _last, _next) = (time.GetTimestamp(), _next!, null);
            return await look();
        }
    }
}
