namespace ThanoSql.Tests.Unit.Infrastructure;

/// <summary>The configuration that a deployment on real servers sets, as environment variables.</summary>
internal static class ConfigurationKeys
{
    public static readonly string[] Deployment =
    [
        "Bus__RabbitMq__Uri",
        "Bus__Transport",
        "Database__ConnectionString",
        "Indexing__Pipelines",
        "Models__Folder",
        "Query__Dialect",
        "Query__Images__ThumbnailFolder",
        "Query__Urls",
        "Storage__DefaultBucket",
        "Storage__Kind",
        "Storage__S3__AccessKey",
        "Storage__S3__Endpoint",
        "Storage__S3__Region",
        "Storage__S3__SecretKey",
        "Vision__Provider",
    ];

    public static readonly string[] Roles = ["query", "trainer", "worker"];
}
