using ThanoSql.Storage;
using ThanoSql.Storage.S3;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Stores that go away and come back, or come back as others: no row of a shop is deleted that its pictures' owner did not delete.</summary>
public sealed class AbsentStoreTests(RealServers servers)
{
    private const int Images = 30;
    private const string Standing = "SELECT state || ' ' || coalesce(reason, '') FROM thanosql.pipelines";
    private static readonly (string, string) Sweeping = ("Indexing__SweepSchedule", "0/2 * * * * ?");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_system_unmounted_twenty_times_at_random_under_a_worker_and_between_its_starts_costs_no_row()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await using var disk = new BoundFolder();
        var random = new Random(12);
        await disk.AttachAsync();
        (string, string)[] settings =
        [
            ("Storage__Kind", "folder"), ("Storage__Folder__Root", disk.Target), ("Indexing__SweepOnStart", "true"), Sweeping,
        ];
        var worker = await world.StartWorkerAsync(settings);
        var folder = Directory.CreateDirectory(Path.Combine(disk.Source, world.Bucket, "p")).FullName;
        for (var i = 0; i < Images; i++)
            await PutAsync(i);
        await world.EventuallyAsync($"(SELECT count(*) = {Images} FROM products WHERE keyword_source = 'model')");
        await world.EventuallyAsync("(SELECT proof = 'marker' FROM thanosql.bucket)");
        await world.SqlAsync("ALTER TABLE products ADD COLUMN note text DEFAULT 'the shop''s own'");

        for (var round = 0; round < 20; round++)
        {
            await disk.DetachAsync();
            await PutAsync(Images + round); // onto the disk, unseen
            await Task.Delay(random.Next(1500), Cancellation);
            if (round % 7 == 3)
            {
                worker.Kill();
                worker = await world.BeginAsync(null, "worker", settings);
            }
            Directory.GetFileSystemEntries(disk.Target).ShouldBeEmpty(); // nobody made the bucket there
            await disk.AttachAsync();
            await Task.Delay(random.Next(1000), Cancellation);
        }

        await world.EventuallyAsync($"(SELECT count(*) = {Images + 20} FROM products WHERE keyword_source = 'model')");
        (await world.ScalarAsync<long>("SELECT count(*) FROM products WHERE note IS NOT NULL")).ShouldBe(Images + 20);
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.deleted_row")).ShouldBe(0);
        await world.EventuallyAsync("(SELECT bool_and(state = 'indexed') FROM thanosql.image)");

        await disk.DetachAsync();
        await world.EventuallyAsync($"({Standing}) LIKE 'waiting The store of bucket%is not there: it does not exist%thanosql store adopt%'");
        await worker.WaitUntilReadyAsync(false);
        await disk.AttachAsync();
        await worker.WaitUntilReadyAsync(true);
        await world.EventuallyAsync($"({Standing}) = 'active '");

        async Task PutAsync(int i)
        {
            var hidden = Path.Combine(folder, $".{i}");
            await File.WriteAllBytesAsync(hidden, Picture.Of(i % 5), Cancellation);
            File.Move(hidden, Path.Combine(folder, $"{i}.png"));
        }
    }

    [Fact]
    public async Task A_bucket_emptied_and_made_anew_costs_no_row_until_it_is_adopted_and_even_then_the_rows_come_back()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await world.StartWorkerAsync(Sweeping);
        for (var i = 0; i < Images; i++)
            await world.Writer.PutAsync($"p/{i}.png", i % 5);
        await world.ShouldBecomeCleanAsync();
        await world.EventuallyAsync("(SELECT proof = 'marker' FROM thanosql.bucket)");
        await world.SqlAsync("ALTER TABLE products ADD COLUMN note text DEFAULT 'the shop''s own'");

        await RemakeAsync(world);
        foreach (var i in Enumerable.Range(0, Images))
            await world.Announce(new Ledger.Change($"p/{i}.png", null, null));

        await world.EventuallyAsync($"({Standing}) LIKE 'waiting The store of bucket%it has no marker%'");
        await world.EventuallyAsync($"(SELECT count(*) = {Images} FROM thanosql.image WHERE failure LIKE '%is not there%')");
        (await world.ScalarAsync<long>("SELECT count(*) FROM products")).ShouldBe(Images);

        await using (var asked = world.StartCommand("store", "adopt", world.Bucket))
        {
            (await asked.WaitForExitAsync()).ShouldBe(1);
            asked.Output.ShouldContain($"{Images} images are known, and {Images} of them have no object in this store.");
        }
        (await world.ScalarAsync<long>("SELECT count(*) FROM products")).ShouldBe(Images);
        await world.RunAsync("store", "adopt", world.Bucket, "--yes");

        await world.EventuallyAsync("(SELECT count(*) = 0 FROM products)");
        await world.EventuallyAsync($"({Standing}) = 'active '");
        (await world.RunAsync("rows", "restore", "products")).ShouldContain($"{Images} row(s) are back, 0 passed over.");
        (await world.ScalarAsync<long>("SELECT count(*) FROM products WHERE note = 'the shop''s own'")).ShouldBe(Images);
    }

    [Fact]
    public async Task A_server_that_lists_nothing_or_denies_everything_costs_no_row()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await using var proxy = await FaultyStore.StartAsync(world.StoreOptions.Endpoint!);
        proxy.Faults = false;
        await world.StartWorkerAsync(Sweeping, ("Storage__S3__Endpoint", proxy.Address), ("Storage__S3__Retries", "0"));
        for (var i = 0; i < Images; i++)
            await world.Writer.PutAsync($"p/{i}.png", i % 5);
        await world.ShouldBecomeCleanAsync();
        await world.EventuallyAsync("(SELECT proof = 'marker' FROM thanosql.bucket)");

        proxy.ListsNothing = true;
        await world.EventuallyAsync("(SELECT gone >= 30 FROM thanosql.sweep)");
        await world.ShouldBecomeCleanAsync();

        proxy.DeniesAll = true;
        await world.EventuallyAsync($"({Standing}) LIKE 'waiting %cannot be examined%'");
        foreach (var i in Enumerable.Range(0, Images))
            await world.Announce(new Ledger.Change($"p/{i}.png", null, null));
        await world.EventuallyAsync($"(SELECT count(*) = {Images} FROM thanosql.image WHERE state = 'pending' AND failure LIKE 'store: %')");
        (await world.ScalarAsync<long>("SELECT count(*) FROM products WHERE keyword_source = 'model'")).ShouldBe(Images);

        (proxy.ListsNothing, proxy.DeniesAll) = (false, false);
        await world.ShouldBecomeCleanAsync();
        await world.EventuallyAsync($"({Standing}) = 'active '");
    }

    /// <summary>Deletes every object with the marker and the bucket itself, as its owner may, and makes it again.</summary>
    private static async Task RemakeAsync(FaultWorld world)
    {
        using var connection = new S3Connection(world.StoreOptions, TimeProvider.System);
        await foreach (var page in world.Store.ListAsync(world.Bucket, "", null, Cancellation))
        {
            foreach (var listed in page.Objects)
                await world.Store.DeleteAsync(listed.Path, Cancellation);
        }
        await DeleteAsync($"/{world.Bucket}/{BucketMarker.Key}");
        await DeleteAsync($"/{world.Bucket}");
        await world.Store.EnsureBucketAsync(world.Bucket, Cancellation);

        async Task DeleteAsync(string target)
        {
            await using var answer = await connection.SendSignedAsync(HttpMethod.Delete, target, "", "", "s3", Cancellation);
        }
    }
}
