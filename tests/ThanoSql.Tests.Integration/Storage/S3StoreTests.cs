using System.Text;
using Minio.DataModel.Args;
using ThanoSql.Storage;
using ThanoSql.Storage.S3;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Storage;

public sealed class S3StoreTests(CephServer ceph) : IClassFixture<CephServer>
{
    private readonly S3Store _store = ceph.Store;

    [Theory]
    [InlineData("plain.jpg")]
    [InlineData("과일/사과 파이+1.jpg")]
    [InlineData("a%20b/100%.jpg")]
    [InlineData("question?and&more=#1;,:@!$'()*~.jpg")]
    [InlineData("emoji/😀.jpg")]
    [InlineData("#1 50% + 무료%23.jpg")]
    public async Task What_was_written_is_read_back_and_listed_under_its_name(string key)
    {
        var path = new ObjectPath(ceph.Bucket, key);

        var written = await WriteAsync(path, key);

        (await ReadAsync(path)).ShouldBe(key);
        var found = (await _store.StatAsync(path, Cancel)).ShouldNotBeNull();
        found.ETag.ShouldBe(written.ETag);
        found.Size.ShouldBe(written.Size);
        (await ListAsync(key)).ShouldContain(listed => listed.Path == path && listed.ETag == written.ETag);
    }

    [Fact]
    public async Task A_marker_is_kept_and_is_no_object()
    {
        var id = Guid.NewGuid();
        (await _store.ReadMarkerAsync(ceph.Bucket, Cancel)).ShouldBeNull();

        await _store.WriteMarkerAsync(ceph.Bucket, id, Cancel);

        (await _store.ReadMarkerAsync(ceph.Bucket, Cancel)).ShouldBe(id);
        (await ListAsync("")).ShouldNotContain(listed => listed.Key == BucketMarker.Key);
        await Should.ThrowAsync<BucketNotFoundException>(() => _store.ReadMarkerAsync("nowhere-to-be-found", Cancel));
    }

    [Fact]
    public async Task A_key_of_a_thousand_bytes_is_a_key_like_any_other()
    {
        var path = new ObjectPath(ceph.Bucket, $"긴/{new string('k', 990)} +%#.jpg");

        await WriteAsync(path, "long");

        (await ReadAsync(path)).ShouldBe("long");
        (await _store.StatAsync(path, Cancel)).ShouldNotBeNull().Size.ShouldBe(4);
        (await ListAsync("긴/")).ShouldHaveSingleItem().Path.ShouldBe(path);
        await _store.DeleteAsync(path, Cancel);
        (await _store.StatAsync(path, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task An_object_that_is_not_there_is_null_and_may_be_deleted()
    {
        var path = new ObjectPath(ceph.Bucket, "없음.jpg");

        (await _store.OpenReadAsync(path, Cancel)).ShouldBeNull();
        (await _store.StatAsync(path, Cancel)).ShouldBeNull();
        await _store.DeleteAsync(path, Cancel);
    }

    [Fact]
    public async Task A_deleted_object_is_gone()
    {
        var path = new ObjectPath(ceph.Bucket, "삭제.jpg");
        await WriteAsync(path, "x");

        await _store.DeleteAsync(path, Cancel);

        (await _store.StatAsync(path, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task An_object_named_by_macOS_is_found_under_its_composed_name()
    {
        using var connection = new S3Connection(ceph.Options, TimeProvider.System);
        await connection.Client.PutObjectAsync(
            new PutObjectArgs().WithBucket(ceph.Bucket).WithObject("mac/\u1109\u1161\u1100\u116A.jpg")
                .WithStreamData(new MemoryStream("mac"u8.ToArray())).WithObjectSize(3),
            Cancel);
        var path = new ObjectPath(ceph.Bucket, "mac/사과.jpg");

        (await ReadAsync(path)).ShouldBe("mac");
        (await ListAsync("mac/")).ShouldHaveSingleItem().Path.ShouldBe(path);
        await _store.DeleteAsync(path, Cancel);
        (await ListAsync("mac/")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_that_cannot_seek_is_written_whole()
    {
        var path = new ObjectPath(ceph.Bucket, "stream.bin");
        var bytes = new byte[300_000];
        Random.Shared.NextBytes(bytes);

        var written = await _store.WriteAsync(path, new ForwardOnlyStream(bytes), "application/octet-stream", Cancel);

        written.Size.ShouldBe(bytes.Length);
        await using var opened = (await _store.OpenReadAsync(path, Cancel)).ShouldNotBeNull();
        (await opened.ReadAllAsync(1_000_000, Cancel)).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_bucket_of_many_keys_is_listed_in_pages_and_resumed()
    {
        var bucket = $"many-{Guid.NewGuid():N}";
        await _store.EnsureBucketAsync(bucket, Cancel);
        await _store.EnsureBucketAsync(bucket, Cancel);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 2100), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) => await WriteAsync(new ObjectPath(bucket, $"사진/{i:D4}.jpg"), "x"));
        var pages = new List<ObjectPage>();
        await foreach (var page in _store.ListAsync(bucket, "사진/", null, Cancel))
            pages.Add(page);

        pages.Select(page => page.Objects.Count).ShouldBe([1000, 1000, 100]);
        pages.SelectMany(page => page.Objects).Select(found => found.Key).ShouldBe(Enumerable.Range(0, 2100).Select(i => $"사진/{i:D4}.jpg"));
        await foreach (var page in _store.ListAsync(bucket, "", pages[1].Last, Cancel))
            page.Objects.Count.ShouldBe(100);
    }

    [Fact]
    public async Task A_missing_bucket_is_named_when_writing_or_listing()
    {
        await Should.ThrowAsync<BucketNotFoundException>(() => WriteAsync(new ObjectPath("no-such-bucket", "1.jpg"), "x"));
        await Should.ThrowAsync<BucketNotFoundException>(async () =>
        {
            await foreach (var _ in _store.ListAsync("no-such-bucket", "", null, Cancel))
            {
            }
        });
    }

    [Fact]
    public async Task A_wrong_key_is_refused_at_once()
    {
        var options = new S3StoreOptions { Endpoint = ceph.Options.Endpoint, AccessKey = ceph.Options.AccessKey, SecretKey = "wrong" };
        using var store = new S3Store(options, TimeProvider.System);

        var error = await Should.ThrowAsync<StoreRefusedException>(() => store.OpenReadAsync(new ObjectPath(ceph.Bucket, "1.jpg"), Cancel));

        error.Message.ShouldContain("SignatureDoesNotMatch");
    }

    [Fact]
    public async Task An_object_of_a_missing_bucket_is_not_there()
    {
        var path = new ObjectPath("no-such-bucket", "1.jpg");

        (await _store.StatAsync(path, Cancel)).ShouldBeNull();
        await Should.ThrowAsync<BucketNotFoundException>(() => _store.OpenReadAsync(path, Cancel));
    }

    [Fact]
    public async Task An_empty_object_is_written_and_read()
    {
        var path = new ObjectPath(ceph.Bucket, "empty.jpg");

        (await WriteAsync(path, "")).Size.ShouldBe(0);

        (await ReadAsync(path)).ShouldBe("");
    }

    [Fact]
    public async Task The_gateway_keeps_the_notification_that_store_init_asks_for()
    {
        var bucket = $"told-{Guid.NewGuid():N}";
        var notification = new CephNotification(bucket, new Uri("amqp://127.0.0.1:1"), "objects");
        var init = new StoreInit(ceph.Options, TimeProvider.System);

        await init.CephAsync(bucket, notification, Cancel);
        await init.CephAsync(bucket, notification, Cancel);

        using var connection = new S3Connection(ceph.Options, TimeProvider.System);
        var kept = (await connection.Client.GetBucketNotificationsAsync(new GetBucketNotificationsArgs().WithBucket(bucket), Cancel))
            .TopicConfigs.ShouldHaveSingleItem();
        kept.Id.ShouldBe("thanosql");
        kept.Topic.ShouldEndWith($":{bucket}");
        kept.Events.Select(kind => kind.Value).ShouldBe(["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], ignoreOrder: true);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<ObjectInfo> WriteAsync(ObjectPath path, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await _store.WriteAsync(path, content, "image/jpeg", Cancel);
    }

    private async Task<string> ReadAsync(ObjectPath path)
    {
        await using var opened = (await _store.OpenReadAsync(path, Cancel)).ShouldNotBeNull();
        return Encoding.UTF8.GetString(await opened.ReadAllAsync(1000, Cancel));
    }

    private async Task<List<ObjectInfo>> ListAsync(string prefix)
    {
        var found = new List<ObjectInfo>();
        await foreach (var page in _store.ListAsync(ceph.Bucket, prefix, null, Cancel))
            found.AddRange(page.Objects);
        return found;
    }

    private sealed class ForwardOnlyStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
