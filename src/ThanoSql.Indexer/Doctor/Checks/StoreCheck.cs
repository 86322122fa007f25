using ThanoSql.Catalog.Examinations;
using ThanoSql.Storage;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The store answers, its buckets are the known ones, and can be listed and read.</summary>
internal sealed class StoreCheck(Patient patient) : ICheck
{
    private static readonly byte[] OneByte = new byte[1];

    public string Name => "store";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        if (patient.Store is not { } store)
        {
            return Finding.Warning(
                $"the folder {patient.StoreRoot} is not there", "Mount it, or start a service, which makes it (Storage:Folder:Root).");
        }
        var findings = new List<Finding>();
        foreach (var bucket in await BucketLook.AllAsync(patient, cancellationToken))
            findings.Add(await LookAsync(store, bucket, cancellationToken));
        return Finding.Worst(findings);
    }

    private static async Task<Finding> LookAsync(IObjectStore store, ExaminedBucket bucket, CancellationToken cancellationToken)
    {
        try
        {
            if (await BucketLook.WhyAbsentAsync(bucket, store, cancellationToken) is { } absent)
            {
                return Finding.Failed(
                    absent,
                    $"Mount it or bring it back. If it is another one on purpose: thanosql store adopt {bucket.Bucket}");
            }
            var first = await FirstAsync(store, bucket.Bucket, cancellationToken);
            if (first is null)
                return Finding.Ok($"bucket {bucket.Bucket} can be listed, and is empty");
            // It may have been deleted since
            if (await store.OpenReadAsync(first.Path, cancellationToken) is { } opened)
            {
                await using (opened)
                    await opened.Content.ReadAtLeastAsync(OneByte, 1, throwOnEndOfStream: false, cancellationToken);
            }
            return Finding.Ok($"bucket {bucket.Bucket} can be listed and read");
        }
        catch (StoreException refused)
        {
            return StoreTrouble.Of(bucket.Bucket, refused);
        }
    }

    private static async Task<ObjectInfo?> FirstAsync(IObjectStore store, string bucket, CancellationToken cancellationToken)
    {
        await foreach (var page in store.ListAsync(bucket, "", null, cancellationToken))
        {
            if (page.Objects.FirstOrDefault(o => !StoreProbe.Is(o.Key)) is { } found)
                return found;
        }
        return null;
    }
}
