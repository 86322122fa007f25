using Npgsql;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Similarity;

public sealed class SimilarityMemoryTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const int Half = 5000; // of 64 values: a little more than half of a megabyte
    private const int TooMany = 13_000;

    [Fact]
    public async Task The_trunk_that_was_searched_last_takes_the_place_of_the_one_before()
    {
        await using var first = await SimilarityWorld.CreateAsync(postgres, 64);
        await using var second = await SimilarityWorld.CreateAsync(NpgsqlDataSource.Create(postgres.ConnectionString), 64);
        await first.AddAsync(first.Random(Half, 1));
        await second.AddAsync(second.Random(Half, 2));
        var process = first.Start(megabytes: 1);

        var before = await process.NearestAsync(first.Trunk, [1], 64);
        (await process.NearestAsync(second.Trunk, [1], 64)).ShouldNotBe(before);
        process.Loads.ShouldBe(2);

        (await process.NearestAsync(first.Trunk, [1], 64)).ShouldBe(before);
        (await process.NearestAsync(first.Trunk, [1], 64)).ShouldBe(before);
        process.Loads.ShouldBe(3);
    }

    [Fact]
    public async Task A_trunk_that_does_not_fit_is_answered_from_the_database_and_the_log_says_so_once()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres, 64);
        await world.AddAsync(world.Random(TooMany, 1));
        var (small, large) = (world.Start(megabytes: 1), world.Start());
        var some = (await large.NearestAsync([1, 1], 64, top: 3000)).Where((_, i) => i % 2 == 1).ToArray();

        for (var i = 0; i < 2; i++)
        {
            (await small.NearestAsync([1], 64)).ShouldBe(await large.NearestAsync([1], 64));
            (await small.NearestAsync([1], 64, among: some)).ShouldBe(await large.NearestAsync([1], 64, among: some));
            small.Wait(TimeSpan.FromMinutes(2));
        }

        small.Loads.ShouldBe(0);
        small.Said("Search:SimilarityMegabytes").Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_trunk_that_outgrows_the_memory_leaves_it_and_comes_back_when_it_has_shrunk()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres, 64);
        var contents = await world.AddAsync(world.Random(Half, 1));
        var process = world.Start(megabytes: 1);
        var before = await process.NearestAsync([1], 64);

        var more = await world.AddAsync(world.Random(TooMany, 2));
        (await process.Later().NearestAsync([1], 64)).ShouldNotBe(before);
        process.Said("Search:SimilarityMegabytes").Count.ShouldBe(1);

        await world.RemoveAsync(more);
        process.Wait(TimeSpan.FromMinutes(2));
        (await process.NearestAsync([1], 64)).ShouldBe(before);
        process.Loads.ShouldBe(2);
        contents.Length.ShouldBe(Half);
    }
}
