using System.Runtime.InteropServices;
using ThanoSql.Catalog;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Tests.Integration.Similarity;

public sealed class SimilarContentsTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_the_nearest_come_in_their_exact_order_with_and_without_a_filter()
    {
        const int dimensions = 32;
        await using var world = await SimilarityWorld.CreateAsync(postgres, dimensions);
        var process = world.Start();
        var stored = new Dictionary<long, Half[]>();
        for (var batch = 0; batch < 5; batch++)
        {
            var vectors = world.Random(20_000, batch);
            foreach (var (content, vector) in (await world.AddAsync(vectors)).Zip(vectors))
                stored.Add(content, vector);
            foreach (var vector in new[] { vectors[0], world.Random(1, batch + 100)[0] })
            {
                var asked = HalfVector.ToFloats(vector);
                var some = stored.Keys.Where(c => c % 100 == batch).ToArray();
                process.Later();
                foreach (var among in new[] { null, some, stored.Keys.Take(stored.Count / 2).ToArray() })
                    (await process.Similar.NearestAsync(world.Trunk, asked, 20, among, Cancellation)).ShouldBe(Nearest(stored, asked, 20, among));
            }
        }
        process.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task More_at_once_than_are_named_one_by_one_are_found_too()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var first = await world.AddAsync(world.Vector(1));
        var process = world.Start();
        await process.NearestAsync([1]);
        var bytes = MemoryMarshal.AsBytes(world.Vector(0, 1).AsSpan()).ToArray();
        await world.Database.Command(
            """
            WITH c AS (INSERT INTO thanosql.content (sha256) SELECT sha256(gen_random_uuid()::text::bytea) FROM generate_series(1, 100001)
                       RETURNING content_id)
            INSERT INTO thanosql.embedding (trunk_id, content_id, vector) SELECT $1, content_id, $2 FROM c
            """,
            world.Trunk, bytes).RunAsync(Cancellation);

        var found = await process.Later().NearestAsync([0, 1], top: 3);

        found.ShouldBe([first[0] + 1, first[0] + 2, first[0] + 3]); // equals by content
        process.Loads.ShouldBe(2);
    }

    [Fact]
    public async Task A_few_contents_are_read_rather_than_the_whole_trunk_loaded()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var contents = await world.AddAsync(world.Vector(1), world.Vector(1, 1), world.Vector(0, 1));
        var process = world.Start();

        (await process.NearestAsync([1], among: [contents[2], contents[1], contents[1], long.MaxValue])).ShouldBe(contents[1..]);

        process.Loads.ShouldBe(0);
        (await process.NearestAsync([1], top: 1)).ShouldBe(contents[..1]);
        (await process.NearestAsync([1], among: [contents[2], contents[1], contents[1], long.MaxValue])).ShouldBe(contents[1..]);
        process.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task Searches_that_begin_together_share_one_load()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var contents = await world.AddAsync(world.Random(5000, 1));
        var process = world.Start();

        var found = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => process.NearestAsync([1, 1], top: 3)));

        found.ShouldAllBe(f => f.SequenceEqual(found[0]) && f.Length == 3);
        process.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_gives_up_during_a_load_does_not_end_it_for_others()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        await world.AddAsync(world.Vector(1));
        var process = world.Start();

        await Should.ThrowAsync<OperationCanceledException>(
            process.Similar.NearestAsync(world.Trunk, new float[] { 1, 0, 0, 0, 0, 0, 0, 0 }, 1, null, new CancellationToken(canceled: true)));

        (await process.NearestAsync([1])).ShouldNotBeEmpty();
        process.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task Embeddings_that_are_damaged_are_left_out_and_named_in_the_log()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var contents = await world.AddAsync(world.Vector(1), world.Vector(double.NaN), world.Vector(double.PositiveInfinity), world.Vector());
        await using (var connection = await world.Database.OpenConnectionAsync(Cancellation))
        {
            var (one, more) = (await world.AddAsync(world.Vector(0, 1)), await world.AddAsync(world.Vector(0, 1)));
            await world.Database.Command("UPDATE thanosql.embedding SET vector = '\\x00' WHERE content_id = $1", one[0]).RunAsync(Cancellation);
            await world.Database.Command("UPDATE thanosql.embedding SET vector = '' WHERE content_id = $1", more[0]).RunAsync(Cancellation);
        }
        var process = world.Start();

        (await process.NearestAsync([1])).ShouldBe([contents[0], contents[3]]); // that of length 0 is as near as what is at right angles
        process.Said("damaged").Single().ShouldStartWith("4 embeddings");
        await world.AddAsync(world.Vector(double.NaN));
        (await process.Later().NearestAsync([1])).ShouldBe([contents[0], contents[3]]);
        process.Said("damaged").Count.ShouldBe(2);
        (await world.Start().NearestAsync([1], among: [.. contents])).ShouldBe([contents[0], contents[3]]);
    }

    [Fact]
    public async Task An_unknown_trunk_has_nothing_near()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);

        (await world.Start().NearestAsync(int.MaxValue, [1])).ShouldBeEmpty();
    }

    [Fact]
    public async Task Questions_that_have_no_answer_are_refused()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        await world.AddAsync(world.Vector(1));
        var similar = world.Start().Similar;

        foreach (var (vector, top) in new (float[], int)[]
        {
            ([1, 0, 0, 0, 0, 0, 0, 0], 0), ([1, 0, 0, 0, 0, 0, 0, 0], -1), ([1], 1), (new float[9], 1), (new float[8], 1), ([], 1),
            ([float.NaN, 0, 0, 0, 0, 0, 0, 0], 1), ([float.PositiveInfinity, 0, 0, 0, 0, 0, 0, 0], 1),
        })
        {
            await Should.ThrowAsync<ArgumentException>(similar.NearestAsync(world.Trunk, vector, top, null, Cancellation));
        }
        (await similar.NearestAsync(world.Trunk, new float[] { 1, 0, 0, 0, 0, 0, 0, 0 }, int.MaxValue, null, Cancellation)).Count.ShouldBe(1);
        (await similar.NearestAsync(world.Trunk, new float[] { 1, 0, 0, 0, 0, 0, 0, 0 }, 1, [], Cancellation)).ShouldBeEmpty();
    }

    private static List<SimilarContent> Nearest(Dictionary<long, Half[]> stored, float[] asked, int top, IReadOnlyCollection<long>? among)
    {
        var query = CosineQuery.Of(asked);
        return [.. (among ?? stored.Keys).Select(c => new SimilarContent(c, query.Similarity(stored[c])))
            .OrderByDescending(c => c.Similarity).ThenBy(c => c.ContentId).Take(top)];
    }
}
