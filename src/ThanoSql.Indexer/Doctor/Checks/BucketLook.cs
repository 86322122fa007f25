using ThanoSql.Catalog.Examinations;
using ThanoSql.Storage;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The buckets of an installation, and whether each is the one that its images are known from.</summary>
internal static class BucketLook
{
    /// <summary>The default bucket, and those that the catalog knows, where it can be asked.</summary>
    public static async Task<IReadOnlyList<ExaminedBucket>> AllAsync(Patient patient, CancellationToken cancellationToken)
    {
        var known = new List<ExaminedBucket>();
        if (await patient.DatabaseAsync().WaitAsync(cancellationToken) is { } database)
        {
            var catalog = new CatalogExamination(database);
            if ((await catalog.MigrationsAsync(cancellationToken)).Newest > 0)
                known = await catalog.BucketsAsync(cancellationToken);
        }
        return known.Any(b => b.Bucket == patient.Bucket) ? known : [new ExaminedBucket(patient.Bucket, null, null), .. known];
    }

    /// <summary>Why nothing may be written to the default bucket; null when it is there.</summary>
    public static async Task<string?> WhyAbsentAsync(Patient patient, IObjectStore store, CancellationToken cancellationToken)
    {
        var own = (await AllAsync(patient, cancellationToken)).Single(b => b.Bucket == patient.Bucket);
        return await WhyAbsentAsync(own, store, cancellationToken);
    }

    /// <summary>Why a bucket is not the known one; null when it is, or nothing proves it.</summary>
    /// <exception cref="StoreException">It does not answer.</exception>
    public static async Task<string?> WhyAbsentAsync(ExaminedBucket bucket, IObjectStore store, CancellationToken cancellationToken)
    {
        if (bucket.Marker is not { } marker || store is not IMarkedStore marked)
            return bucket.Reason;
        var found = await marked.ReadMarkerAsync(bucket.Bucket, cancellationToken);
        return found == marker ? null
            : found is null ? $"bucket {bucket.Bucket} has no marker ({BucketMarker.Key}), so it is not the one whose images are known"
            : $"bucket {bucket.Bucket} has the marker of another store";
    }
}
