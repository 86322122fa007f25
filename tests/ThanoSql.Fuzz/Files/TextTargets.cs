using ThanoSql.Catalog.Pipelines;
using ThanoSql.Storage.Events;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Fuzz.Files;

/// <summary>Pipeline files.</summary>
internal sealed class YamlTarget : FileTarget
{
    private const string Full = """
        name: products
        bucket: shop
        prefix: products/
        table: products
        image_col: image_path
        columns: {keyword: keyword, score: keyword_score, version: keyword_version, source: keyword_source}
        rows: create
        on_delete: delete
        label_col: label
        schedule: "0 0 3 * * ?"
        after_new_rows: 200
        model:
          name: diet
          algorithm: ConvNeXt_Tiny
          train: "SELECT image_path, label FROM products"
          options: {max_epochs: 3, threshold: 0.5}
        promote: {metric: macro_f1, at_least: 0.8, not_worse_by: 0.01, sure: 0.8, min_per_label: 5, allow_label_changes: true}
        synonyms:
          사과파이: [apple pie, 애플파이]
          pizza: &p ["피자"]
          toast: *p
        search:
          columns: [price]
          filters: [price, created_at]
          sort: [price]
        retention: {versions: 3}
        """;

    public override bool IsDocumented(Exception exception) => exception is PipelineFileException;

    public override byte[] Next(Random random) => random.Next(500) switch
    {
        0 => Encoding.UTF8.GetBytes(new string('[', random.Next(1, 20_000))),
        1 => Encoding.UTF8.GetBytes($"name: {new string('{', random.Next(1, 20_000))}"),
        2 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(2_000)).Select(i => $"{new string(' ', i)}a:\n"))),
        3 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 30).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n"))),
        _ => base.Next(random),
    };

    protected override IReadOnlyList<byte[]> Seeds() =>
    [
        .. Directory.EnumerateFiles(Repository.File("pipelines"), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
        Encoding.UTF8.GetBytes(Full),
        Encoding.UTF8.GetBytes("name: small\ntable: t\nmodel: {name: m}\n"),
    ];

    protected override void Read(byte[] file) => PipelineFile.Parse(Encoding.UTF8.GetString(file), "fuzzed.yaml", "workspace");
}

/// <summary>Notifications of S3 servers.</summary>
internal sealed class EventTarget : FileTarget
{
    private static readonly string[] Messages =
    [
        """
        {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2024-01-01T00:00:00.000Z",
        "eventName":"ObjectCreated:Put","s3":{"s3SchemaVersion":"1.0","bucket":{"name":"shop","arn":"arn:aws:s3:::shop"},
        "object":{"key":"%EA%B3%BC%EC%9D%BC/1+2.jpg","size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e","sequencer":"0055AED6DCD90281E5"}}}]}
        """,
        """
        {"EventName":"s3:ObjectRemoved:Delete","Key":"shop/a.jpg","Records":[{"eventVersion":"2.0","eventSource":"minio:s3",
        "eventTime":"2024-01-01T00:00:00Z","eventName":"s3:ObjectRemoved:Delete","s3":{"bucket":{"name":"shop"},
        "object":{"key":"a.jpg","sequencer":"17A"}}},{"eventSource":"minio:s3","eventTime":"2024-01-01T00:00:00Z","eventName":"ObjectCreated:Copy",
        "s3":{"bucket":{"name":"shop"},"object":{"key":"b.jpg"}}}]}
        """,
        """
        {"Records":[{"eventVersion":"2.2","eventSource":"ceph:s3","eventTime":"2024-01-01T00:00:00.123456Z","eventName":"ObjectCreated:Post",
        "s3":{"bucket":{"name":"shop"},"object":{"key":"x/y.png","size":5,"etag":"\"abc\"","sequencer":"F7E6D75DC742D108"}},"eventId":"1.2.3"}]}
        """,
        """
        {"Records":[{"eventSource":"aws:s3","eventTime":"2024-01-01T00:00:00Z","eventName":"ObjectCreated:Put",
        "s3":{"bucket":{"name":"shop"},"object":{"key":"\uacfc\uc77c\ud83c\udf4e.jpg","size":"12"}}}]}
        """,
        """{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2024-01-01T00:00:00Z","Bucket":"shop","RequestId":"x","HostId":"y"}""",
    ];

    public override bool IsDocumented(Exception exception) => exception is UnreadableEventException;

    protected override IReadOnlyList<byte[]> Seeds() => [.. Messages.Select(Encoding.UTF8.GetBytes)];

    protected override void Read(byte[] file) => S3EventParser.Parse(file);
}
