using System.Net.Sockets;
using System.Text;
using ThanoSql.Indexer.Doctor;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Storage.S3;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>What may be wrong with a store, made on a real S3 server and in folders.</summary>
public sealed class StoreTroubleTests(CephServer ceph) : IClassFixture<CephServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_in_order_takes_a_test_object_and_is_left_as_it_was()
    {
        await PutAsync("p/1.png");

        var report = await ExamineAsync(ceph.Options, ceph.Bucket);

        report.ShouldSay("store", Verdict.Ok, $"bucket {ceph.Bucket} can be listed and read");
        report.ShouldSay("uploads", Verdict.Ok, "by a signed address");
        report.ShouldSay("events", Verdict.Skipped, "no worker runs");
        report.ShouldSay("clocks", Verdict.Ok, "the store's clock is ");
        (await KeysAsync(ceph.Store, ceph.Bucket)).ShouldBe(["p/1.png"]);
    }

    [Fact]
    public async Task A_missing_bucket_is_named_and_not_made()
    {
        var bucket = $"missing-{Guid.NewGuid():N}";

        var report = await ExamineAsync(ceph.Options, bucket);

        report.ShouldSay("store", Verdict.Failed, $"'{bucket}' does not exist", "thanosql store init");
        report.ShouldSay("uploads", Verdict.Failed, $"'{bucket}' does not exist");
        await Should.ThrowAsync<BucketNotFoundException>(() => KeysAsync(ceph.Store, bucket));
    }

    [Fact]
    public async Task A_wrong_secret_is_a_failure()
    {
        var report = await ExamineAsync(With(o => o.SecretKey = "wrong"), ceph.Bucket);

        report.Of("store").Verdict.ShouldBe(Verdict.Failed);
        report.Of("store").Advice.ShouldNotBeNull().ShouldContain("key", Case.Insensitive);
        report.ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task A_right_to_write_that_is_missing_is_a_warning_since_pictures_may_come_from_elsewhere()
    {
        var bucket = $"test-{Guid.NewGuid():N}";
        await ceph.Store.EnsureBucketAsync(bucket, Cancellation);
        using var connection = new S3Connection(ceph.Options, TimeProvider.System);
        await connection.Client.SetPolicyAsync(
            new Minio.DataModel.Args.SetPolicyArgs().WithBucket(bucket).WithPolicy($$"""
                {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject"],
                  "Resource": ["arn:aws:s3:::{{bucket}}/*"]}]}
                """),
            Cancellation);

        var report = await ExamineAsync(ceph.Options, bucket);

        report.ShouldSay("store", Verdict.Ok, "can be listed");
        report.Of("uploads").Verdict.ShouldBe(Verdict.Warning, report.Of("uploads").Seen);
        report.Of("uploads").Advice.ShouldNotBeNull().ShouldContain("s3:PutObject");
    }

    [Fact]
    public async Task A_store_that_does_not_answer_or_never_ends_to_is_told_in_time()
    {
        (await ExamineAsync(With(o => o.Endpoint = "http://127.0.0.1:1"), ceph.Bucket)).Of("store").Verdict.ShouldBe(Verdict.Failed);

        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var hung = await ExamineAsync(With(o => o.Endpoint = $"http://{silent.LocalEndpoint}"), ceph.Bucket, TimeSpan.FromSeconds(2));

        hung.Of("store").Verdict.ShouldBe(Verdict.Failed);
        hung.ShouldSay("bus", Verdict.Skipped, "memory");
    }

    [Fact]
    public async Task What_a_killed_doctor_left_is_removed_by_the_next_one_and_nothing_else_is()
    {
        using var visit = new DoctorVisit();
        var store = new FolderStore(Path.Combine(visit.Home, "store"));
        await store.EnsureBucketAsync("workspace", Cancellation);
        var (old, young) = (StoreProbe.In("workspace"), StoreProbe.In("workspace"));
        foreach (var path in new[] { old, young, new ObjectPath("workspace", "thanosql-doctor-and-me/1.png") })
            await store.WriteAsync(path, new MemoryStream([1]), null, Cancellation);
        File.SetLastWriteTimeUtc(Path.Combine(store.Root, "workspace", old.Key), DateTime.UtcNow.AddHours(-1));

        (await visit.RunAsync()).ShouldSay("uploads", Verdict.Ok, "removes a test object");

        // Another doctor may be at work with the young one
        (await KeysAsync(store, "workspace")).ShouldBe([young.Key, "thanosql-doctor-and-me/1.png"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_told_and_not_made()
    {
        using var visit = new DoctorVisit();

        (await visit.RunAsync()).ShouldSay("store", Verdict.Warning, "is not there", "Storage:Folder:Root");

        Directory.Exists(Path.Combine(visit.Home, "store")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_full_disk_of_the_home_folder_is_a_failure()
    {
        using var visit = new DoctorVisit();
        await using var disk = await SmallDisk.MountAsync(visit.Home, megabytes: 8);

        (await visit.RunAsync()).ShouldSay("disk", Verdict.Failed, visit.Home, "larger disk");
    }

    private static async Task<Report> ExamineAsync(S3StoreOptions options, string bucket, TimeSpan? patience = null)
    {
        using var visit = new DoctorVisit(
            ("Storage:Kind", "s3"), ("Storage:DefaultBucket", bucket), ("Storage:S3:Endpoint", options.Endpoint),
            ("Storage:S3:AccessKey", options.AccessKey), ("Storage:S3:SecretKey", options.SecretKey), ("Storage:S3:Region", options.Region))
        {
            Patience = patience,
        };
        return await visit.RunAsync();
    }

    private S3StoreOptions With(Action<S3StoreOptions> change)
    {
        var options = new S3StoreOptions
        {
            Endpoint = ceph.Options.Endpoint,
            AccessKey = ceph.Options.AccessKey,
            SecretKey = ceph.Options.SecretKey,
            Region = ceph.Options.Region,
        };
        change(options);
        return options;
    }

    private Task<ObjectInfo> PutAsync(string key) =>
        ceph.Store.WriteAsync(new ObjectPath(ceph.Bucket, key), new MemoryStream(Encoding.UTF8.GetBytes(key)), null, Cancellation);

    private static async Task<List<string>> KeysAsync(IObjectStore store, string bucket)
    {
        var keys = new List<string>();
        await foreach (var page in store.ListAsync(bucket, "", null, Cancellation))
            keys.AddRange(page.Objects.Select(o => o.Key));
        return keys;
    }
}
