using ThanoSql.Storage;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>
/// A small test object can be written, read back through a signed address (S3), and removed; so are those that killed doctors left.
/// </summary>
internal sealed class UploadCheck(Patient patient) : ICheck
{
    private static readonly byte[] Text = "thanosql doctor was here"u8.ToArray();
    private static readonly TimeSpan LeftBehind = TimeSpan.FromMinutes(10);

    public string Name => "uploads";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        if (patient.Store is not { } store)
            return Finding.Skipped("there is no store (see store)");
        try
        {
            if (await BucketLook.WhyAbsentAsync(patient, store, cancellationToken) is not null)
                return Finding.Skipped("nothing is written where the store is not the known one (see store)");
            await RemoveLeftAsync(store, cancellationToken);
            await using var probe = await TestObject.PutAsync(store, patient.Bucket, Text, cancellationToken);
            if (await store.OpenReadAsync(probe.Path, cancellationToken) is not { } written)
                return Finding.Failed($"{probe.Path} was written and is not there", "Look at the store's own log.");
            await using (written)
            {
                return (await written.ReadAllAsync(1024, cancellationToken)).AsSpan().SequenceEqual(Text)
                    ? Finding.Ok($"bucket {patient.Bucket} takes, gives back{(patient.IsS3 ? " by a signed address" : "")} and removes a test object")
                    : Finding.Failed($"{probe.Path} came back changed", "Look at what lies between here and the store: a proxy, a damaged disk.");
            }
        }
        catch (Exception refused) when (refused is AccessDeniedException or StoreRefusedException { Code: "AccessDenied" })
        {
            return Finding.Warning(
                refused.Message,
                $"Uploads are refused, and bucket {patient.Bucket} cannot be marked. Give the rights to write and delete (s3:PutObject, "
                    + "s3:DeleteObject), unless pictures only come from elsewhere.");
        }
        catch (StoreException refused)
        {
            return StoreTrouble.Of(patient.Bucket, refused);
        }
    }

    private async Task RemoveLeftAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        var before = patient.Time.GetUtcNow() - LeftBehind;
        await foreach (var page in store.ListAsync(patient.Bucket, StoreProbe.Prefix, null, cancellationToken))
        {
            foreach (var left in page.Objects.Where(o => StoreProbe.Is(o.Key) && o.LastModified < before))
                await store.DeleteAsync(left.Path, cancellationToken);
        }
    }
}
