using ThanoSql.Query.Access;

namespace ThanoSql.Tests.Unit.Query;

public sealed class RequestRatesTests
{
    private readonly Clock _time = new();

    [Fact]
    public void So_many_requests_pass_and_the_next_ones_wait_for_the_next_minute()
    {
        var rates = new RequestRates(_time);

        rates.Count(1, 2).ShouldBe(new RateState(false, 1, 60));
        _time.Advance(TimeSpan.FromSeconds(20.5));
        rates.Count(1, 2).ShouldBe(new RateState(false, 0, 40));
        rates.Count(1, 2).ShouldBe(new RateState(true, 0, 40));
        rates.Count(2, 2).ShouldBe(new RateState(false, 1, 60)); // another token
        _time.Advance(TimeSpan.FromSeconds(39.4));
        rates.Count(1, 2).ShouldBe(new RateState(true, 0, 1));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        rates.Count(1, 2).ShouldBe(new RateState(false, 1, 60));
    }

    [Fact]
    public void A_rate_that_is_changed_counts_at_once()
    {
        var rates = new RequestRates(_time);

        rates.Count(1, 1).IsOver.ShouldBeFalse();
        rates.Count(1, 1).IsOver.ShouldBeTrue();
        rates.Count(1, 2).ShouldBe(new RateState(false, 0, 60));
        rates.Count(1, 1).ShouldBe(new RateState(true, 0, 60));
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
