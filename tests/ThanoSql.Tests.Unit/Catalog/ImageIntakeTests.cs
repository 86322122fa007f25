using ThanoSql.Catalog.Images;
using ThanoSql.Messages;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class ImageIntakeTests
{
    private static readonly ObjectChanged Put = new() { Bucket = "b", Key = "k", Source = "s3", ETag = "e", Sequencer = "05" };

    [Fact]
    public void Of_several_events_of_one_object_the_latest_by_sequencer_counts_whatever_their_order()
    {
        var later = Put with { Sequencer = "06", Deleted = true };

        ImageIntake.LastOfEach([later, Put]).ShouldBe([later]);
        ImageIntake.LastOfEach([Put, later]).ShouldBe([later]);
    }

    [Fact]
    public void Sequencers_of_two_sources_are_not_compared_and_without_one_the_last_to_arrive_counts()
    {
        var moved = Put with { Source = "other", Sequencer = "01" };
        var silent = Put with { Sequencer = null };

        ImageIntake.LastOfEach([Put, moved]).ShouldBe([moved]);
        ImageIntake.LastOfEach([Put, silent]).ShouldBe([silent]);
    }

    [Fact]
    public void Objects_come_in_the_order_of_their_keys()
    {
        var events = new[] { "나", "b", "a", "B" }.Select(key => Put with { Key = key });

        ImageIntake.LastOfEach(events).Select(e => e.Key).ShouldBe(["B", "a", "b", "나"]);
    }
}
