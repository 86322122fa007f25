using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class RunTriggerTests
{
    [Theory]
    [InlineData(RunTrigger.Statement, false)]
    [InlineData(RunTrigger.Schedule, true)]
    [InlineData(RunTrigger.Rows, true)]
    [InlineData(RunTrigger.Hand, true)]
    [InlineData(RunTrigger.Rollback, false)]
    public void A_typed_statement_passes_no_gate_and_thanosql_train_does(RunTrigger trigger, bool passes) => trigger.PassesGate().ShouldBe(passes);

    [Theory]
    [InlineData(RunTrigger.Hand, true)]
    [InlineData(RunTrigger.Statement, true)]
    [InlineData(RunTrigger.Schedule, false)]
    [InlineData(RunTrigger.Rows, false)]
    public void Only_who_asks_in_person_learns_again_from_what_was_refused(RunTrigger trigger, bool repeats) =>
        trigger.RepeatsRefused().ShouldBe(repeats);

    [Theory]
    [InlineData(7, "7")]
    [InlineData(null, "")]
    public void A_rollback_knows_its_version(int? version, string kept)
    {
        var asked = NewTrainingRun.Rollback("m", version);

        (asked.Trigger, asked.Statement, asked.Scope).ShouldBe((RunTrigger.Rollback, kept, TokenScope.Admin));
        Run(asked.Trigger, kept).ToVersion.ShouldBe(version);
        Run(RunTrigger.Statement, "7").ToVersion.ShouldBeNull();
    }

    private static TrainingRun Run(RunTrigger trigger, string statement) => new(
        1, "m", null, trigger, statement, TokenScope.Admin, RunState.Queued, false, "", 0, 0, "", null, null, null, null, default, null, null, 0);
}
