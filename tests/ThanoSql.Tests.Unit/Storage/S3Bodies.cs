namespace ThanoSql.Tests.Unit.Storage;

/// <summary>Event messages as the servers write them: AWS's and MinIO's by their documentation, Ceph's recorded from radosgw 16.2.</summary>
internal static class S3Bodies
{
    public const string Aws = """
        {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"ap-northeast-2","eventTime":"2026-03-01T09:30:00.123Z",
          "eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:EXAMPLE"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},
          "responseElements":{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD"},
          "s3":{"s3SchemaVersion":"1.0","configurationId":"products","bucket":{"name":"shop","ownerIdentity":{"principalId":"A3NL1KOZZKExample"},
          "arn":"arn:aws:s3:::shop"},"object":{"key":"products/%EC%82%AC%EA%B3%BC+%ED%8C%8C%EC%9D%B4%2B1.jpg","size":1024,
          "eTag":"d41d8cd98f00b204e9800998ecf8427e","versionId":"096fKKXTRTtl3on89fVO.nfljtsv6qko","sequencer":"0055AED6DCD90281E5"}}}]}
        """;

    public const string AwsTest = """
        {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-03-01T09:30:00.123Z","Bucket":"shop","RequestId":"5582815E1AEA5ADF",
          "HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3e"}
        """;

    public const string MinIO = """
        {"EventName":"s3:ObjectCreated:CompleteMultipartUpload","Key":"shop/products/사과 파이+1.jpg","Records":[{"eventVersion":"2.0",
          "eventSource":"minio:s3",
          "awsRegion":"","eventTime":"2026-03-01T09:30:00.123Z","eventName":"s3:ObjectCreated:CompleteMultipartUpload",
          "userIdentity":{"principalId":"minio"},
          "requestParameters":{"principalId":"minio","region":"","sourceIPAddress":"172.18.0.1"},"responseElements":{"content-length":"0",
          "x-amz-request-id":"17B8B1D1B3C0A3F5","x-minio-deployment-id":"90b265b8-bac5-413a-b12a-8915469fd769",
          "x-minio-origin-endpoint":"http://172.18.0.2:9000"},
          "s3":{"s3SchemaVersion":"1.0","configurationId":"Config","bucket":{"name":"shop","ownerIdentity":{"principalId":"minio"},
          "arn":"arn:aws:s3:::shop"},
          "object":{"key":"products%2F%EC%82%AC%EA%B3%BC+%ED%8C%8C%EC%9D%B4%2B1.jpg","size":5242880,"eTag":"5fc7298143efe1276d39a3466d4e255f-2",
          "contentType":"image/jpeg","userMetadata":{"content-type":"image/jpeg"},"sequencer":"17B8B1D1B4D3C2A1"}},
          "source":{"host":"172.18.0.1","port":"","userAgent":"aws-sdk-dotnet-coreclr"}}]}
        """;

    public const string MinIODelete = """
        {"EventName":"s3:ObjectRemoved:Delete","Key":"shop/1.jpg","Records":[{"eventVersion":"2.0","eventSource":"minio:s3","awsRegion":"",
          "eventTime":"2026-03-01T09:30:01.5Z","eventName":"s3:ObjectRemoved:Delete","userIdentity":{"principalId":"minio"},"requestParameters":{},
          "responseElements":{},
          "s3":{"s3SchemaVersion":"1.0","configurationId":"Config","bucket":{"name":"shop","ownerIdentity":{"principalId":"minio"},
          "arn":"arn:aws:s3:::shop"},
          "object":{"key":"1.jpg","sequencer":"17B8B1D20E6A1C00"}},"source":{"host":"172.18.0.1","port":"","userAgent":""}}]}
        """;

    public const string Ceph = """
        {"Records":[{"eventVersion":"2.2","eventSource":"ceph:s3","awsRegion":"","eventTime":"2026-11-23T10:55:31.434997Z",
          "eventName":"ObjectCreated:Put","userIdentity":{"principalId":"thanosql"},"requestParameters":{"sourceIPAddress":""},
          "responseElements":{"x-amz-request-id":"dd7e6446-4d00-4537-93d9-0f7ba7f3e016.4104.11803141084509416543",
          "x-amz-id-2":"1008-default-default"},"s3":{"s3SchemaVersion":"1.0","configurationId":"thanosql","bucket":{"name":"shop",
          "ownerIdentity":{"principalId":"thanosql"},"arn":"arn:aws:s3:::shop","id":"dd7e6446-4d00-4537-93d9-0f7ba7f3e016.4109.1"},
          "object":{"key":"products/사과 파이+1.jpg","size":9,"eTag":"a311039b31ea5e76c537b8986f87f6a1","versionId":"",
          "sequencer":"A31B046BEDA5041A","metadata":[{"key":"x-amz-content-sha256",
          "val":"0a3dbb87f144c4b4fe522348204eb8a93586b9ba1018c2823711ab693760af66"},{"key":"x-amz-date","val":"20261123T105529Z"}],"tags":[]}},
          "eventId":"1795431331.436512.a311039b31ea5e76c537b8986f87f6a1","opaqueData":""}]}
        """;

    public const string CephDelete = """
        {"Records":[{"eventVersion":"2.2","eventSource":"ceph:s3","awsRegion":"","eventTime":"2026-11-23T10:55:31.454955Z",
          "eventName":"ObjectRemoved:Delete","userIdentity":{"principalId":"thanosql"},"requestParameters":{"sourceIPAddress":""},
          "responseElements":{"x-amz-request-id":"dd7e6446-4d00-4537-93d9-0f7ba7f3e016.4104.1213075595606498445",
          "x-amz-id-2":"1008-default-default"},"s3":{"s3SchemaVersion":"1.0","configurationId":"thanosql","bucket":{"name":"shop",
          "ownerIdentity":{"principalId":"thanosql"},"arn":"arn:aws:s3:::shop","id":"dd7e6446-4d00-4537-93d9-0f7ba7f3e016.4109.1"},
          "object":{"key":"products/사과 파이+1.jpg","size":9,"eTag":"a311039b31ea5e76c537b8986f87f6a1","versionId":"",
          "sequencer":"A31B046BBA201E1B","metadata":[{"key":"x-amz-content-sha256",
          "val":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},{"key":"x-amz-date","val":"20261123T105531Z"}],"tags":[]}},
          "eventId":"1795431331.454959.a311039b31ea5e76c537b8986f87f6a1","opaqueData":""}]}
        """;
}
