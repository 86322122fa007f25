using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>A store that is not there is not an empty one.</summary>
public sealed class AbsentStoreTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Pipeline = "{ name: products, prefix: p/, table: products, rows: create, on_delete: delete, model: { name: foods } }";
    private const string Rows = "SELECT count(*) FROM products";
    private const string Standing = "SELECT state, reason FROM thanosql.pipelines";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bucket_that_is_not_there_costs_no_row_and_work_goes_on_when_it_is_back()
    {
        await using var world = await FilledAsync(5);
        var away = Bucket(world) + "-away";

        Directory.Move(Bucket(world), away);
        await world.EventuallyAsync("SELECT state, reason LIKE '%is not there: it does not exist%' FROM thanosql.pipelines", "waiting|True");
        for (var i = 0; i < 5; i++)
            await world.AnnounceAsync($"p/{i}.png", deleted: true);
        (await world.Get<Sweeper>().SweepAsync(IndexingWorld.Bucket, acceptLoss: false, Cancellation)).ShouldBeNull();
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.image WHERE failure LIKE 'store: %is not there%'", "5");

        Directory.Exists(Bucket(world)).ShouldBeFalse(); // nobody made it
        (await world.RowsAsync(Rows)).ShouldBe(["5"]);

        Directory.Move(away, Bucket(world));
        await world.EventuallyAsync("SELECT DISTINCT state FROM thanosql.image", "indexed");
        await world.EventuallyAsync(Standing, "active|");
        File.Copy(Path.Combine(Bucket(world), "p/0.png"), Path.Combine(Bucket(world), "p/new.png"));
        await world.EventuallyAsync(Rows, "6");
    }

    [Theory]
    [InlineData("it has no marker", false)]
    [InlineData("it has the marker of another store", true)]
    public async Task An_empty_bucket_in_its_place_costs_no_row_until_it_is_adopted(string why, bool isMarked)
    {
        await using var world = await FilledAsync(3);
        Directory.Move(Bucket(world), Bucket(world) + "-away");
        Directory.CreateDirectory(Path.Combine(Bucket(world), "p"));
        if (isMarked)
            await world.Folder.WriteMarkerAsync(IndexingWorld.Bucket, Guid.NewGuid(), Cancellation);
        File.Copy(Path.Combine(Bucket(world) + "-away", "p/0.png"), Path.Combine(Bucket(world), "p/0.png"));

        await world.EventuallyAsync($"SELECT state, reason LIKE '%{why}%' FROM thanosql.pipelines", "waiting|True");
        for (var i = 0; i < 3; i++)
            await world.AnnounceAsync($"p/{i}.png");
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.image WHERE failure LIKE 'store: %is not there%'", "3");
        (await world.RowsAsync(Rows)).ShouldBe(["3"]);

        var adoption = world.Get<BucketAdoption>();
        (await adoption.LossAsync(IndexingWorld.Bucket, Cancellation)).ShouldBe((3, 2));
        await adoption.AdoptAsync(IndexingWorld.Bucket, Cancellation);

        await world.EventuallyAsync(Standing, "active|");
        await world.EventuallyAsync("SELECT key, state FROM thanosql.image ORDER BY key", "p/0.png|indexed", "p/1.png|gone", "p/2.png|gone");
        await world.EventuallyAsync("SELECT image_path FROM products", "p/0.png");
    }

    [Fact]
    public async Task Where_no_marker_can_be_written_known_objects_decide()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        world.Store.IsReadOnly = true;
        await FillAsync(world, 4);
        await world.EventuallyAsync("SELECT proof FROM thanosql.bucket", "sample");

        await world.DeleteAsync("p/0.png");
        await world.EventuallyAsync(Rows, "3");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Bucket(world), "p")))
            File.Delete(file);

        await world.EventuallyAsync("SELECT state, reason LIKE '%none of its known images%' FROM thanosql.pipelines", "waiting|True");
        (await world.RowsAsync(Rows)).ShouldBe(["3"]);
    }

    [Fact]
    public async Task An_installation_from_before_markers_marks_the_bucket_in_which_its_images_are_and_no_other()
    {
        await using var world = await FilledAsync(3);
        await world.StopAsync();
        await world.SqlAsync("DELETE FROM thanosql.bucket");
        var marker = Path.Combine(Bucket(world), BucketMarker.Key);
        File.Delete(marker);
        Directory.Move(Path.Combine(Bucket(world), "p"), Bucket(world) + "-p");

        await world.StartAsync([Pipeline]);
        await world.EventuallyAsync("SELECT state, reason LIKE '%no marker and none of its known images%' FROM thanosql.pipelines", "waiting|True");
        File.Exists(marker).ShouldBeFalse();

        Directory.Move(Bucket(world) + "-p", Path.Combine(Bucket(world), "p"));
        await world.EventuallyAsync("SELECT proof FROM thanosql.bucket", "marker");
        File.Exists(marker).ShouldBeTrue();
        (await world.RowsAsync(Rows)).ShouldBe(["3"]);
    }

    [Fact]
    public async Task A_sweep_that_misses_too_many_images_does_nothing_about_them_until_it_is_told_so()
    {
        await using var world = await FilledAsync(150, watch: false);
        for (var i = 0; i < 120; i++)
            await world.DeleteAsync($"p/{i}.png");

        var held = await SweepAsync(world);

        (held.IsHeldBack, held.Gone, held.Known).ShouldBe((true, 120, 150));
        (await world.RowsAsync("SELECT DISTINCT state FROM thanosql.image")).ShouldBe(["indexed"]);
        (await world.RowsAsync("SELECT reason FROM thanosql.pipelines")).ShouldHaveSingleItem().ShouldStartWith("The last sweep misses 120 images.");
        await world.AnnounceAsync("p/0.png", deleted: true); // single ones go on
        await world.EventuallyAsync(Rows, "149");

        (await SweepAsync(world, acceptLoss: true)).IsHeldBack.ShouldBeFalse();
        await world.EventuallyAsync(Rows, "30");
        (await world.RowsAsync(Standing)).ShouldBe(["active|"]);
    }

    [Fact]
    public async Task What_may_not_be_read_waits_and_is_not_called_gone()
    {
        await using var world = await FilledAsync(3);
        world.Store.BeforeRead = _ => throw new AccessDeniedException("No permission.");
        await File.AppendAllTextAsync(Path.Combine(Bucket(world), "p/0.png"), "changed", Cancellation);

        await world.EventuallyAsync("SELECT key, kind FROM thanosql.failures f JOIN thanosql.image i ON i.key = f.path", "p/0.png|transient");
        (await world.RowsAsync("SELECT count(keyword_source) FROM products")).ShouldBe(["3"]);
        world.Store.BeforeRead = _ => Task.CompletedTask;
        await world.EventuallyAsync("SELECT DISTINCT state FROM thanosql.image", "indexed");
    }

    private async Task<IndexingWorld> FilledAsync(int images, bool watch = true)
    {
        var world = await IndexingWorld.CreateAsync(postgres);
        await FillAsync(world, images, watch);
        await world.EventuallyAsync("SELECT proof, there FROM thanosql.bucket", "marker|True");
        return world;
    }

    private static async Task FillAsync(IndexingWorld world, int images, bool watch = true)
    {
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Pipeline], watch);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipeline", "active");
        for (var i = 0; i < images; i++)
        {
            await world.PutAsync($"p/{i}.png", Picture.Of(1));
            if (!watch)
                await world.AnnounceAsync($"p/{i}.png");
        }
        await world.EventuallyAsync("SELECT count(*) FROM products WHERE keyword_source = 'model'", $"{images}");
    }

    private static async Task<SweepProgress> SweepAsync(IndexingWorld world, bool acceptLoss = false)
    {
        for (var deadline = DateTime.UtcNow.AddMinutes(1); DateTime.UtcNow < deadline; await Task.Delay(50, Cancellation))
        {
            if (await world.Get<Sweeper>().SweepAsync(IndexingWorld.Bucket, acceptLoss, Cancellation) is { } found)
                return found; // else the worker's own is on its way
        }
        throw new TimeoutException("The bucket was never swept.");
    }

    private static string Bucket(IndexingWorld world) => Path.Combine(world.Folder.Root, IndexingWorld.Bucket);
}
