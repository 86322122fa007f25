using ThanoSql.Tests.Fixtures;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>Pictures that others replaced, with nothing that a listing of names, sizes and times would show.</summary>
public sealed class ReplacedPictureTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = "name: products\nprefix: p/\ntable: products\nrows: create\nmodel: { name: foods }\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_picture_of_the_same_size_and_time_is_noticed_however_it_took_the_place()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products], watch: false);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");
        string[] keys = ["p/anew.png", "p/overwritten.png", "p/renamed.png"];
        var folder = Path.Combine(world.Folder.Root, IndexingWorld.Bucket);
        Directory.CreateDirectory(Path.Combine(folder, "p"));
        foreach (var (i, key) in keys.Index())
            Write(Path.Combine(folder, key), i);
        await SweepAsync(world);
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.image WHERE state = 'indexed'", "3");
        var before = await ContentsAsync(world);

        Write(Path.Combine(folder, "p/overwritten.png"), 10);
        var aside = Path.Combine(world.Folder.Root, "aside.png");
        Write(aside, 11);
        File.Move(aside, Path.Combine(folder, "p/renamed.png"), overwrite: true);
        Write(aside, 12);
        File.Delete(Path.Combine(folder, "p/anew.png"));
        File.Move(aside, Path.Combine(folder, "p/anew.png"));
        (await SweepAsync(world)).ShouldBe(3);

        await world.EventuallyAsync("SELECT count(*) FROM thanosql.image WHERE state = 'indexed' AND generation = 2", "3");
        (await ContentsAsync(world)).Intersect(before).ShouldBeEmpty();
        (await SweepAsync(world)).ShouldBe(0);
    }

    private static Task<List<string>> ContentsAsync(IndexingWorld world) => world.RowsAsync("SELECT content_id FROM thanosql.image");

    private static void Write(string file, int picture)
    {
        var bytes = Picture.Of(picture);
        Array.Resize(ref bytes, 16 * 1024); // zeros after a picture's end are nothing to it
        File.WriteAllBytes(file, bytes);
        File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
    }

    private static async Task<long> SweepAsync(IndexingWorld world) =>
        (await world.Get<Sweeper>().SweepAsync(IndexingWorld.Bucket, acceptLoss: false, Cancellation))!.Changed;
}
