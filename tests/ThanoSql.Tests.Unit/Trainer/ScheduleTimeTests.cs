using ThanoSql.Catalog.Pipelines;
using ThanoSql.Trainer.Schedules;

namespace ThanoSql.Tests.Unit.Trainer;

/// <summary>When a pipeline's cron fires, by clocks that are put forward and back.</summary>
public sealed class ScheduleTimeTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly TimeZoneInfo Seoul = TimeZoneInfo.FindSystemTimeZoneById("Asia/Seoul");

    [Fact]
    public void Each_night_it_fires_once_by_the_zone_of_the_configuration()
    {
        var fires = Fires("0 30 3 * * ?", Seoul, "2026-05-01T00:00:00Z", 3);

        fires.ShouldBe(["2026-05-01T18:30:00", "2026-05-02T18:30:00", "2026-05-03T18:30:00"]);
    }

    [Fact]
    public void A_night_whose_hour_does_not_exist_does_not_swallow_the_next()
    {
        // 29 March 2026, Berlin: 2:00 becomes 3:00
        var fires = Fires("0 30 2 * * ?", Berlin, "2026-03-27T12:00:00Z", 4);

        fires.Select(f => f[..10]).Distinct().Count().ShouldBe(4);
        fires[0].ShouldBe("2026-03-28T01:30:00");
        fires.ShouldContain("2026-03-30T00:30:00");
    }

    [Fact]
    public void A_night_whose_hour_comes_twice_fires_once()
    {
        // 25 October 2026, Berlin: 3:00 becomes 2:00 again
        var fires = Fires("0 30 2 * * ?", Berlin, "2026-10-24T12:00:00Z", 2);

        fires[0].ShouldStartWith("2026-10-25T0");
        fires[1].ShouldBe("2026-10-26T01:30:00");
    }

    private static string[] Fires(string cron, TimeZoneInfo zone, string from, int count)
    {
        var pipeline = new PipelineDefinition { Name = "p", Table = "t", Model = new PipelineModel { Name = "m" }, Schedule = cron };
        var trigger = PipelineSchedules.Trigger(
            pipeline, zone, new StandingClock(DateTimeOffset.Parse(from, System.Globalization.CultureInfo.InvariantCulture)));
        var fires = new List<string>();
        DateTimeOffset? at = DateTimeOffset.Parse(from, System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < count; i++)
        {
            at = trigger.GetFireTimeAfter(at!.Value);
            fires.Add(at!.Value.UtcDateTime.ToString("s", System.Globalization.CultureInfo.InvariantCulture));
        }
        return [.. fires];
    }

    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
