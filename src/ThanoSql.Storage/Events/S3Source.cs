namespace ThanoSql.Storage.Events;

/// <summary>The <c>eventSource</c> of the servers whose events differ.</summary>
public static class S3Source
{
    public const string Aws = "aws:s3";
    public const string MinIO = "minio:s3";
    public const string Ceph = "ceph:s3";
}
