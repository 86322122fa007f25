using System.Text;
using ThanoSql.Messages;
using ThanoSql.Storage;
using ThanoSql.Storage.Events;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class S3EventParserTests
{
    private static readonly ObjectPath Pie = new("shop", "products/사과 파이+1.jpg");

    [Fact]
    public void An_event_of_AWS_is_read()
    {
        var parsed = Parse(S3Bodies.Aws).ShouldHaveSingleItem();

        parsed.ShouldBe(new ObjectChanged
        {
            Bucket = Pie.Bucket,
            Key = Pie.Key,
            Source = S3Source.Aws,
            ETag = "d41d8cd98f00b204e9800998ecf8427e",
            Size = 1024,
            Sequencer = "0055AED6DCD90281E500000000000000",
            Time = new DateTimeOffset(2026, 3, 1, 9, 30, 0, 123, TimeSpan.Zero),
        });
    }

    [Theory]
    [InlineData("key", "\"key\":\"a\u00FFb.jpg\"")] // written as Latin-1, one byte: no UTF-8
    [InlineData("name", "\"\\udf4e\":1,\"key\":\"a.jpg\"")]
    [InlineData("surrogate", "\"key\":\"\\ud83c.jpg\"")]
    [InlineData("size", "\"key\":\"a.jpg\",\"size\":\"\u00FF\"")]
    public void Text_that_is_none_makes_the_message_unreadable_and_no_other_record_is_lost(string what, string entry)
    {
        const string good = """
            {"eventSource":"aws:s3","eventTime":"2024-01-01T00:00:00Z","eventName":"ObjectCreated:Put",
            "s3":{"bucket":{"name":"shop"},"object":{"key":"good.jpg"}}}
            """;
        var bad = good.Replace("\"key\":\"good.jpg\"", entry, StringComparison.Ordinal);

        var error = Should.Throw<UnreadableEventException>(() => S3EventParser.Parse(Encoding.Latin1.GetBytes($"{{\"Records\":[{bad},{good}]}}")));

        error.Message.ShouldContain("UTF-8", customMessage: what);
        error.Readable.ShouldHaveSingleItem().Key.ShouldBe("good.jpg");
    }

    [Theory]
    [InlineData("{\"Event\":\"\u00FF\"}")]
    [InlineData("{\"\\udf4e\":1}")]
    public void A_message_that_is_no_text_is_unreadable_and_no_crash(string message) =>
        Should.Throw<UnreadableEventException>(() => S3EventParser.Parse(Encoding.Latin1.GetBytes(message)));

    [Fact]
    public void An_event_of_MinIO_is_read()
    {
        var parsed = Parse(S3Bodies.MinIO).ShouldHaveSingleItem();

        parsed.Source.ShouldBe(S3Source.MinIO);
        (parsed.Bucket, parsed.Key).ShouldBe((Pie.Bucket, Pie.Key));
        parsed.Size.ShouldBe(5242880);
        parsed.ETag.ShouldBe("5fc7298143efe1276d39a3466d4e255f-2");
    }

    [Fact]
    public void A_deletion_needs_neither_etag_nor_size()
    {
        var parsed = Parse(S3Bodies.MinIODelete).ShouldHaveSingleItem();

        parsed.Deleted.ShouldBeTrue();
        parsed.ETag.ShouldBeNull();
        parsed.Size.ShouldBeNull();
    }

    [Fact]
    public void An_event_of_Ceph_is_read()
    {
        var parsed = Parse(S3Bodies.Ceph).ShouldHaveSingleItem();

        parsed.Source.ShouldBe(S3Source.Ceph);
        parsed.Deleted.ShouldBeFalse();
        (parsed.Bucket, parsed.Key).ShouldBe((Pie.Bucket, Pie.Key));
        parsed.ETag.ShouldBe("a311039b31ea5e76c537b8986f87f6a1");
        parsed.Size.ShouldBe(9);
    }

    [Fact]
    public void A_deletion_by_Ceph_follows_the_put_before_it()
    {
        var put = Parse(S3Bodies.Ceph).ShouldHaveSingleItem();
        var deleted = Parse(S3Bodies.CephDelete).ShouldHaveSingleItem();

        deleted.Deleted.ShouldBeTrue();
        (deleted.Bucket, deleted.Key).ShouldBe((put.Bucket, put.Key));
        string.CompareOrdinal(put.Sequencer, deleted.Sequencer).ShouldBeLessThan(0);
    }

    [Fact]
    public void A_test_message_holds_no_events() => Parse(S3Bodies.AwsTest).ShouldBeEmpty();

    [Fact]
    public void All_records_of_a_message_are_read()
    {
        var records = string.Join(',', Enumerable.Range(0, 3).Select(i => Record($"{i}.jpg")));

        Parse(Message(records)).Select(parsed => parsed.Key).ShouldBe(["0.jpg", "1.jpg", "2.jpg"]);
    }

    [Theory]
    [InlineData("ObjectCreated:Put", false)]
    [InlineData("ObjectCreated:Post", false)]
    [InlineData("ObjectCreated:Copy", false)]
    [InlineData("s3:ObjectCreated:CompleteMultipartUpload", false)]
    [InlineData("ObjectRestore:Completed", false)]
    [InlineData("s3:ObjectRemoved:Delete", true)]
    [InlineData("ObjectRemoved:DeleteMarkerCreated", true)]
    [InlineData("LifecycleExpiration:Delete", true)]
    public void Names_of_events_become_puts_and_deletes(string name, bool deleted) =>
        Parse(Message(Record("1.jpg", eventName: name))).ShouldHaveSingleItem().Deleted.ShouldBe(deleted);

    [Theory]
    [InlineData("s3:ObjectAccessed:Get")]
    [InlineData("ObjectTagging:Put")]
    [InlineData("ObjectAcl:Put")]
    public void Events_that_change_no_content_are_passed_over(string name) => Parse(Message(Record("1.jpg", eventName: name))).ShouldBeEmpty();

    [Fact]
    public void Folder_markers_are_passed_over() => Parse(Message(Record("products/"))).ShouldBeEmpty();

    [Fact]
    public void A_key_of_Ceph_is_not_decoded() =>
        Parse(Message(Record("a%20b+c.jpg", source: "ceph:s3"))).ShouldHaveSingleItem().Key.ShouldBe("a%20b+c.jpg");

    [Fact]
    public void Keys_written_by_macOS_are_composed() =>
        Parse(Message(Record(Uri.EscapeDataString("\u1109\u1161.jpg")))).ShouldHaveSingleItem().Key.ShouldBe("사.jpg");

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"Records\":7}")]
    [InlineData("{\"Records\":[7]}")]
    [InlineData("{\"Records\":[{\"eventName\":\"ObjectCreated:Put\"}]}")]
    [InlineData("{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"eventSource\":\"aws:s3\",\"s3\":{\"bucket\":{\"name\":\"shop\"}}}]}")]
    [InlineData("\u0000\u0001\u0002")]
    public void Garbage_is_unreadable_with_a_reason(string body) =>
        Should.Throw<UnreadableEventException>(() => Parse(body)).Message.ShouldNotBeEmpty();

    [Fact]
    public void A_key_that_leads_out_of_the_bucket_is_unreadable_and_its_neighbours_still_count()
    {
        var error = Should.Throw<UnreadableEventException>(() => Parse(Message($"{Record("1.jpg")},{Record("../2.jpg")},{Record("3.jpg")}")));

        error.Message.ShouldContain("..");
        error.Readable.Select(parsed => parsed.Key).ShouldBe(["1.jpg", "3.jpg"]);
    }

    [Theory]
    [InlineData("aws:s3", "0055AED6DCD90281E5", "0055AED6DCD90281E6")]
    [InlineData("aws:s3", "0055AED6DCD90281E5", "0055AED6DCD90281E501")] // the shorter is padded at its end
    [InlineData("minio:s3", "17B8B1D1B4D3C2A1", "17B8B1D20E6A1C00")]
    [InlineData("ceph:s3", "F7E6D75DC742D108", "F8E6D75D00000000")] // seconds 5DD7E6F7 and 5DD7E6F8
    [InlineData("ceph:s3", "FFE6D75DC742D108", "00E7D75D00000000")] // greater as text, earlier in time
    [InlineData("ceph:s3", "F7E6D75DC742D108", "F7E6D75DC842D108")]
    public void Sequencers_compare_in_the_order_of_time(string source, string earlier, string later) =>
        string.CompareOrdinal(SequencerOf(source, earlier), SequencerOf(source, later)).ShouldBeLessThan(0);

    [Theory]
    [InlineData("aws:s3", "not hex")]
    [InlineData("ceph:s3", "F7E6")]
    [InlineData("aws:s3", "")]
    public void A_sequencer_that_is_none_is_left_out(string source, string text) => SequencerOf(source, text).ShouldBeNull();

    private static IReadOnlyList<ObjectChanged> Parse(string body) => S3EventParser.Parse(Encoding.UTF8.GetBytes(body));

    private static string? SequencerOf(string source, string text) =>
        Parse(Message(Record("1.jpg", source: source, sequencer: text))).Single().Sequencer;

    private static string Message(string records) => $$"""{"Records":[{{records}}]}""";

    private static string Record(
        string key, string eventName = "ObjectCreated:Put", string source = "aws:s3", string sequencer = "0055AED6DCD90281E5") => $$$"""
        {"eventSource":"{{{source}}}","eventTime":"2026-03-01T09:30:00Z","eventName":"{{{eventName}}}",
         "s3":{"bucket":{"name":"shop"},"object":{"key":"{{{key}}}","size":"1","eTag":"\"aa\"","sequencer":"{{{sequencer}}}"} } }
        """;
}
