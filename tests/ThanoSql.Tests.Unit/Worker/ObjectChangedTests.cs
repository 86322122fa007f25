using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;
using ThanoSql.Messages;

namespace ThanoSql.Tests.Unit.Worker;

/// <summary>Workers of two releases share the queues while one is replaced by the other.</summary>
public sealed class ObjectChangedTests
{
    private const string Wire = """
        {"bucket":"shop","key":"사과.jpg","deleted":true,"source":"ceph:s3","eTag":"e1","size":7,"sequencer":"05","time":"2026-03-01T09:30:00+00:00"}
        """;

    private static readonly ObjectChanged Change = new()
    {
        Bucket = "shop",
        Key = "사과.jpg",
        Deleted = true,
        Source = "ceph:s3",
        ETag = "e1",
        Size = 7,
        Sequencer = "05",
        Time = new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.Zero),
    };

    [Fact]
    public void The_message_has_the_name_and_members_of_the_releases_before()
    {
        MessageUrn.ForTypeString<ObjectChanged>().ShouldBe("urn:message:ThanoSql.Messages:ObjectChanged");
        var written = JsonSerializer.SerializeToElement(Change, SystemTextJsonMessageSerializer.Options);
        JsonElement.DeepEquals(written, JsonDocument.Parse(Wire).RootElement).ShouldBeTrue(written.ToString());
        JsonSerializer.Deserialize<ObjectChanged>(Wire, SystemTextJsonMessageSerializer.Options).ShouldBe(Change);
    }

    [Fact]
    public void A_message_that_says_less_is_read_and_one_without_key_is_none_of_ours()
    {
        const string Least = """{"bucket":"b","key":"k","source":"s"}""";

        JsonSerializer.Deserialize<ObjectChanged>(Least, SystemTextJsonMessageSerializer.Options).ShouldBe(
            new ObjectChanged { Bucket = "b", Key = "k", Source = "s" });
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ObjectChanged>("""{"bucket":"b"}""", SystemTextJsonMessageSerializer.Options));
    }
}
