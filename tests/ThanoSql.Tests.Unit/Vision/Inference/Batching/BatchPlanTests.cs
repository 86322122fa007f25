using ThanoSql.Vision.Inference.Batching;

namespace ThanoSql.Tests.Unit.Vision.Inference.Batching;

public sealed class BatchPlanTests
{
    // What was measured on a card: about 1.2 ms a run and 0.05 ms a picture
    private static readonly BatchPlan Plan = new([(1, 1.25), (8, 1.6), (32, 2.8), (128, 7.6)]);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 8)] // one run of 8 takes less time than two of 1
    [InlineData(8, 8)]
    [InlineData(20, 32)]
    [InlineData(40, 32)] // then 8
    [InlineData(64, 32)]
    [InlineData(100, 128)]
    [InlineData(128, 128)]
    public void The_next_run_is_the_first_of_the_cheapest_ones(int count, int size) => Plan.Next(count).ShouldBe(size);

    [Fact]
    public void A_lone_picture_takes_the_smallest_run_whatever_was_measured() => new BatchPlan([(1, 2.0), (8, 1.9)]).Next(1).ShouldBe(1);

    [Fact]
    public void One_size_serves_every_count()
    {
        var plan = new BatchPlan([(4, 1)]);
        for (var count = 1; count <= 4; count++)
            plan.Next(count).ShouldBe(4);
    }
}
