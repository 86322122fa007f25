using ThanoSql.Storage;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>What to do about a store's refusals.</summary>
internal static class StoreTrouble
{
    public static Finding Of(string bucket, StoreException error) => Finding.Failed(error.Message, error switch
    {
        BucketNotFoundException => "Make it (thanosql store init), or name another: Storage:DefaultBucket.",
        AccessDeniedException =>
            $"Give the service's user or key the rights to list and read bucket {bucket} (s3:ListBucket, s3:GetObject), or mend the key.",
        StoreRefusedException { Code: "InvalidAccessKeyId" or "SignatureDoesNotMatch" } => "Mend Storage:S3:AccessKey and SecretKey.",
        StoreRefusedException => "Do what the store says.",
        _ => "Start or mount the store, or mend its address (Storage:*); work goes on by itself when it is back.",
    });
}
