using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Labels;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>What people said of a picture goes with its bytes, whatever path they lie under.</summary>
public sealed class MovedPictureTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products =
        "name: products\nprefix: p/\ntable: products\nrows: create\non_delete: delete\nlabel_col: truth\nmodel: { name: foods }\n";

    private const string Archive = "name: archive\nprefix: q/\ntable: archive\nrows: create\nmodel: { name: foods }\n";

    private static readonly Speaker Ann = new("ann", "token ann", Settles: false);
    private static readonly Speaker Bob = new("bob", "token bob", Settles: false);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_renamed_picture_keeps_its_label_and_needs_no_new_look_whichever_event_comes_first(bool deletedFirst)
    {
        await using var world = await StartAsync();
        await AddAsync(world, "p/a.png", 1);
        await SayAsync(world, "p/a.png", "감", Ann);
        await SayAsync(world, "p/a.png", "배", Bob);
        await world.EventuallyAsync("SELECT keyword, keyword_source, truth FROM products", "배|person|배");

        if (deletedFirst)
        {
            await RemoveAsync(world, "p/a.png");
            (await new OrphanContents(world.Database).RemoveAsync(TimeSpan.FromDays(1), Cancellation)).ShouldBe(0);
            await AddAsync(world, "p/b.png", 1);
        }
        else
        {
            await AddAsync(world, "p/b.png", 1);
            await RemoveAsync(world, "p/a.png");
        }

        await world.EventuallyAsync("SELECT image_path, keyword, keyword_source, truth FROM products", "p/b.png|배|person|배");
        (await world.RowsAsync("SELECT path, label, state, labelled_by, disputed FROM thanosql.labels")).ShouldBe(["p/b.png|배|confirmed|bob|True"]);
        (await world.Get<LabelLedger>().HistoryAsync(IndexingWorld.Bucket, "p/b.png", Cancellation)).Select(w => $"{w.By} {w.Label}")
            .ShouldBe(["bob 배", "ann 감"]);
        (await world.RowsAsync("SELECT count(*) FROM thanosql.embedding")).ShouldBe(["1"]);
        (await world.RowsAsync("SELECT who, action FROM thanosql.audit WHERE subject LIKE '%/p/b.png'")).ShouldBe(["service|set"]);
    }

    [Fact]
    public async Task Copies_share_a_label_until_somebody_says_otherwise_of_one_and_then_each_keeps_its_own()
    {
        await using var world = await StartAsync();
        await AddAsync(world, "p/a.png", 1);
        await SayAsync(world, "p/a.png", "감", Ann);

        await AddAsync(world, "p/b.png", 1);
        await world.EventuallyAsync("SELECT image_path, keyword, truth FROM products ORDER BY 1", "p/a.png|감|감", "p/b.png|감|감");
        await SayAsync(world, "p/b.png", "배", Bob);
        await LookAgainAsync(world, "p/a.png");
        await world.EventuallyAsync("SELECT image_path, keyword, truth FROM products ORDER BY 1", "p/a.png|감|감", "p/b.png|배|배");

        // A third cannot tell which of them it is; one that moves is known by the path that it left
        await AddAsync(world, "p/c.png", 1);
        await RemoveAsync(world, "p/a.png");
        await AddAsync(world, "q/d.png", 1);
        await world.EventuallyAsync("SELECT image_path, keyword FROM products WHERE truth IS NOT NULL", "p/b.png|배");
        await world.EventuallyAsync("SELECT image_path, keyword, keyword_source FROM archive", "q/d.png|감|person");
        (await world.RowsAsync("SELECT path, label FROM thanosql.labels ORDER BY 1")).ShouldBe(["p/b.png|배", "q/d.png|감"]);
    }

    [Fact]
    public async Task A_picture_that_goes_back_and_forth_has_the_last_word_that_was_said_of_it_also_where_it_was_taken_back()
    {
        await using var world = await StartAsync();
        await AddAsync(world, "p/a.png", 1);
        await SayAsync(world, "p/a.png", "감", Ann);
        await MoveAsync(world, "p/a.png", "p/b.png");
        await SayAsync(world, "p/b.png", "배", Bob);
        await MoveAsync(world, "p/b.png", "p/a.png");
        await world.EventuallyAsync("SELECT path, label, labelled_by FROM thanosql.labels", "p/a.png|배|bob");
        await MoveAsync(world, "p/a.png", "p/b.png");
        await MoveAsync(world, "p/b.png", "p/a.png");
        await MoveAsync(world, "p/a.png", "p/c.png");
        await world.EventuallyAsync("SELECT image_path, keyword, truth FROM products", "p/c.png|배|배");

        await SayAsync(world, "p/c.png", null, Ann);
        await MoveAsync(world, "p/c.png", "p/d.png");
        await world.EventuallyAsync("SELECT image_path, keyword_source, truth FROM products", "p/d.png|model|");
        (await world.RowsAsync("SELECT path FROM thanosql.labels")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pictures_that_change_places_change_labels_and_one_that_nobody_knows_waits_for_a_word()
    {
        await using var world = await StartAsync();
        await AddAsync(world, "p/a.png", 1);
        await AddAsync(world, "p/b.png", 2);
        await SayAsync(world, "p/a.png", "감", Ann);
        await SayAsync(world, "p/b.png", "배", Ann);

        await AddAsync(world, "p/a.png", 2);
        await AddAsync(world, "p/b.png", 1);
        await world.EventuallyAsync("SELECT path, label, state FROM thanosql.labels ORDER BY 1", "p/a.png|배|confirmed", "p/b.png|감|confirmed");

        await AddAsync(world, "p/a.png", 3);
        await world.EventuallyAsync("SELECT path, label, state FROM thanosql.labels ORDER BY 1", "p/a.png|배|to confirm", "p/b.png|감|confirmed");
    }

    [Fact]
    public async Task What_was_said_of_a_picture_that_is_gone_is_forgotten_with_its_embedding()
    {
        await using var world = await StartAsync();
        await AddAsync(world, "p/a.png", 1);
        await SayAsync(world, "p/a.png", "감", Ann);
        await RemoveAsync(world, "p/a.png");

        (await new OrphanContents(world.Database).RemoveAsync(TimeSpan.Zero, Cancellation)).ShouldBe(1);
        await AddAsync(world, "p/b.png", 1);

        await world.EventuallyAsync("SELECT image_path, keyword_source FROM products", "p/b.png|model");
        (await world.RowsAsync("SELECT count(*) FROM thanosql.label_word")).ShouldBe(["0"]);
    }

    private static async Task MoveAsync(IndexingWorld world, string from, string to)
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(world.Folder.Root, IndexingWorld.Bucket, from), Cancellation);
        await PutAsync(world, to, bytes);
        await RemoveAsync(world, from);
    }

    private static Task AddAsync(IndexingWorld world, string key, int picture) => PutAsync(world, key, Picture.Of(picture));

    private static async Task PutAsync(IndexingWorld world, string key, byte[] bytes)
    {
        await world.PutAsync(key, bytes);
        await LookAgainAsync(world, key);
    }

    private static async Task LookAgainAsync(IndexingWorld world, string key)
    {
        var known = await world.RowsAsync($"SELECT generation FROM thanosql.image WHERE key = '{key}'");
        await world.AnnounceAsync(key);
        await world.EventuallyAsync(
            $"SELECT state FROM thanosql.image WHERE key = '{key}' AND generation > {known.SingleOrDefault() ?? "0"}", "indexed");
    }

    private static async Task RemoveAsync(IndexingWorld world, string key)
    {
        await world.DeleteAsync(key);
        await world.AnnounceAsync(key, deleted: true);
        await world.EventuallyAsync($"SELECT state FROM thanosql.image WHERE key = '{key}'", "gone");
    }

    private static async Task SayAsync(IndexingWorld world, string key, string? label, Speaker by) =>
        (await world.Get<LabelLedger>().SetAsync([new SaidLabel(IndexingWorld.Bucket, key, label)], by, Cancellation))[0].Refusal.ShouldBeNull();

    private async Task<IndexingWorld> StartAsync()
    {
        var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text, truth varchar(20)); CREATE TABLE archive (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products, Archive], watch: false);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active", "active");
        return world;
    }
}
