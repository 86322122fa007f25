using ThanoSql.Worker.Upkeep;

namespace ThanoSql.Tests.Unit.Worker;

public sealed class CronLoopTests
{
    [Theory]
    [InlineData("0 17 * * * ?", true)]
    [InlineData("every hour", false)]
    [InlineData("", false)]
    public void Only_cron_expressions_of_quartz_are_schedules(string expression, bool valid) => CronLoop.IsValid(expression).ShouldBe(valid);
}
