using ThanoSql.Catalog.Quality;

namespace ThanoSql.Tests.Unit.Catalog.Quality;

public sealed class DriftTests
{
    [Fact]
    public void Equal_shares_are_no_distance_whatever_the_numbers() =>
        Drift.Of([50, 50], [500, 500])!.Distance.ShouldBe(0);

    [Fact]
    public void The_distance_is_the_share_that_would_have_to_move()
    {
        var drift = Drift.Of([50, 50, 0], [25, 50, 25])!;

        drift.Distance.ShouldBe(0.25, 1e-12);
        drift.IsMarked.ShouldBeTrue();
    }

    [Fact]
    public void Too_few_pictures_tell_nothing()
    {
        Drift.Of([29, 0], [500, 500]).ShouldBeNull();
        Drift.Of([500, 500], [0, 0]).ShouldBeNull();
        Drift.Of([], []).ShouldBeNull();
    }

    [Fact]
    public void What_chance_does_is_what_samples_of_one_distribution_show()
    {
        var random = new Random(1);
        double[] shares = [0.5, 0.3, 0.15, 0.05];
        var drifts = Enumerable.Range(0, 2000).Select(_ => Drift.Of(Sample(random, shares, 100), Sample(random, shares, 60))!).ToList();

        var average = drifts.Average(drift => drift.Distance);
        drifts.Average(drift => drift.ByChance).ShouldBe(average, 0.05 * average);
        drifts.Count(drift => drift.IsMarked).ShouldBeLessThan(100); // one in twenty
    }

    private static long[] Sample(Random random, double[] shares, int size)
    {
        var counts = new long[shares.Length];
        for (var i = 0; i < size; i++)
        {
            var at = random.NextDouble();
            var place = 0;
            while (place < shares.Length - 1 && (at -= shares[place]) >= 0)
                place++;
            counts[place]++;
        }
        return counts;
    }
}
