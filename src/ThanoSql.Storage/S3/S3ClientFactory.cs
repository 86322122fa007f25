using Amazon.Runtime;
using Amazon.S3;

namespace ThanoSql.Storage.S3;

/// <summary>Makes clients that Ceph, MinIO and AWS all understand.</summary>
internal static class S3ClientFactory
{
    public static AmazonS3Client Create(S3StoreOptions options)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = true,
            HttpClientFactory = new S3HttpClientFactory(),
            Timeout = options.Timeout,
            MaxErrorRetry = 0, // the pipeline retries
            // The trailing checksums that the client adds by default are unknown to older servers.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (string.IsNullOrEmpty(options.Endpoint))
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        else
            config.ServiceURL = options.Endpoint;
        return new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
    }
}
