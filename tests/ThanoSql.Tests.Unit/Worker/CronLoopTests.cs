using ThanoSql.Worker.Upkeep;

namespace ThanoSql.Tests.Unit.Worker;

public sealed class CronLoopTests
{
    [Theory]
    [InlineData("0 17 * * * ?", true)]
    [InlineData("0 0 3 * * ? 2020", false)] // over
    [InlineData("0 0 3 30 2 ?", false)] // never
    [InlineData("every hour", false)]
    [InlineData("", false)]
    public void Only_cron_expressions_of_quartz_with_a_time_in_the_future_are_schedules(string expression, bool valid) =>
        CronLoop.IsValid(expression, TimeProvider.System).ShouldBe(valid);
}
