using ThanoSql.Vision.Similarity;

namespace ThanoSql.Tests.Unit.Vision.Similarity;

public sealed class VectorIndexTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_nearest_are_among_the_candidates_whatever_came_and_went_before()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var scene = Scene.Make(random, dimensions: random.Next(1, 70), changes: random.Next(1, 60));
            var (top, among) = (random.Next(1, 12), random.Next(2) == 0 ? null : scene.SomeOf(random));

            var candidates = scene.Index.Nearest(CosineQuery.Of(scene.Asked), top, among, Cancellation);

            scene.Check(candidates, top, among);
        }
    }

    [Fact]
    public void Many_blocks_are_searched_by_all_cores()
    {
        var random = new Random(7);
        var scene = Scene.Make(random, dimensions: 40, changes: 40_000);

        foreach (var among in new[] { null, scene.SomeOf(random) })
            scene.Check(scene.Index.Nearest(CosineQuery.Of(scene.Asked), 20, among, Cancellation), 20, among);
        scene.Index.Nearest(CosineQuery.Of(scene.Asked), 20, null, Cancellation).Count.ShouldBeLessThan(scene.Vectors.Count / 4);
    }

    [Fact]
    public void Equal_vectors_are_all_candidates_by_their_content()
    {
        var index = new VectorIndex(8);
        foreach (var content in new long[] { 5, 3, 9, 1 })
            index.Set(content, [.. Enumerable.Repeat((Half)1, 8)]);

        var candidates = index.Nearest(CosineQuery.Of([.. Enumerable.Repeat(1f, 8)]), 2, null, Cancellation);

        candidates.Select(c => c.Content).ShouldBe([1, 3, 5, 9]);
        candidates.ShouldAllBe(c => c.Most == 1);
    }

    [Fact]
    public void What_is_asked_twice_or_is_not_there_counts_once_or_not()
    {
        var index = new VectorIndex(2);
        index.Set(1, [(Half)1, default]);

        index.Nearest(CosineQuery.Of([1, 0]), 5, [1, 1, 2], Cancellation).Select(c => c.Content).ShouldBe([1]);
    }

    [Fact]
    public void An_embedding_that_is_not_finite_takes_the_place_of_none()
    {
        var index = new VectorIndex(2);
        index.Set(1, [(Half)1, default]);

        index.Set(1, [Half.NaN, default]).ShouldBeFalse();

        index.Count.ShouldBe(0);
        index.Remove(1).ShouldBeFalse();
    }

    [Fact]
    public void Another_spaces_vectors_are_refused()
    {
        var index = new VectorIndex(2);

        Should.Throw<ArgumentException>(() => index.Set(1, [(Half)1]));
        Should.Throw<ArgumentException>(() => index.Nearest(CosineQuery.Of([1]), 1, null, Cancellation));
    }

    [Fact]
    public void Memory_is_little_more_than_the_codes_and_is_given_back()
    {
        const int rows = 20_480;
        var index = new VectorIndex(320);
        var vector = Enumerable.Repeat((Half)1, 320).ToArray();
        for (var content = 1; content <= rows; content++)
            index.Set(content, vector);

        index.Bytes.ShouldBeLessThan((long)(1.2 * 320 * rows));
        VectorIndex.BytesOf(320, rows).ShouldBeGreaterThanOrEqualTo(index.Bytes);

        for (var content = 1; content <= rows; content++)
            index.Remove(content).ShouldBeTrue();
        index.Count.ShouldBe(0);
        index.Bytes.ShouldBeLessThan(rows * 10);
    }

    /// <summary>An index after many changes, and what should be in it.</summary>
    private sealed record Scene(VectorIndex Index, Dictionary<long, Half[]> Vectors, float[] Asked)
    {
        public static Scene Make(Random random, int dimensions, int changes)
        {
            var (index, vectors) = (new VectorIndex(dimensions), new Dictionary<long, Half[]>());
            for (var i = 0; i < changes; i++)
            {
                var content = random.NextInt64(-changes, changes) * (random.Next(2) == 0 ? 1 : 1 << 20);
                if (random.Next(4) == 0)
                {
                    index.Remove(content).ShouldBe(vectors.Remove(content));
                    continue;
                }
                vectors[content] = random.Next(2) == 0 ? TestVectors.Odd(random, dimensions) : TestVectors.Clustered(random, dimensions, 3);
                index.Set(content, vectors[content]).ShouldBeTrue();
            }
            index.Count.ShouldBe(vectors.Count);
            var asked = TestVectors.Floats(TestVectors.Clustered(random, dimensions, 3));
            return new Scene(index, vectors, asked.All(v => v == 0) ? [.. asked.Select(_ => 1f)] : asked);
        }

        public IReadOnlyCollection<long> SomeOf(Random random) => [.. Vectors.Keys.Where(_ => random.Next(3) == 0), long.MaxValue];

        public void Check(IReadOnlyList<Candidate> candidates, int top, IReadOnlyCollection<long>? among)
        {
            var query = CosineQuery.Of(Asked);
            var nearest = Vectors.Where(v => among?.Contains(v.Key) != false).Select(v => (v.Key, Similarity: query.Similarity(v.Value)))
                .OrderByDescending(v => v.Similarity).ThenBy(v => v.Key).Take(top).Select(v => v.Key);
            nearest.Except(candidates.Select(c => c.Content)).ShouldBeEmpty();
            candidates.Select(c => c.Content).ShouldBeUnique();
            candidates.Select(c => c.Content).Except(among ?? Vectors.Keys).ShouldBeEmpty();
            candidates.Select(c => c.Content).Except(Vectors.Keys).ShouldBeEmpty();
            candidates.ShouldAllBe(c => query.Similarity(Vectors[c.Content]) <= c.Most);
            candidates.ShouldBe(candidates.OrderByDescending(c => c.Most).ThenBy(c => c.Content));
        }
    }
}
