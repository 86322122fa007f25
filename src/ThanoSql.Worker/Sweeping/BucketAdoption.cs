using ThanoSql.Embedding.Buckets;
using ThanoSql.Storage;

namespace ThanoSql.Worker.Sweeping;

/// <summary>Takes another store for the one that a bucket's images are known from, on purpose.</summary>
public sealed class BucketAdoption(BucketGuard guard, BucketLedger ledger, Sweeper sweeper)
{
    /// <summary>How many images are known, and how many of them have no object in the store that is there now. Nothing is changed.</summary>
    /// <exception cref="StoreException">The store does not answer.</exception>
    public async Task<(long Known, long Lost)> LossAsync(string bucket, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var page in guard.ListAsync(bucket, cancellationToken))
            keys.AddRange(page.Objects.Select(o => o.Key));
        return await ledger.LossAsync(bucket, keys, cancellationToken);
    }

    /// <summary>Takes it, and makes every difference due; a running worker does the rest.</summary>
    /// <exception cref="StoreException">It does not answer.</exception>
    public async Task AdoptAsync(string bucket, CancellationToken cancellationToken)
    {
        await guard.AdoptAsync(bucket, cancellationToken);
        await ledger.WakeAsync(bucket, cancellationToken);
        await sweeper.SweepAsync(bucket, acceptLoss: true, cancellationToken);
    }
}
