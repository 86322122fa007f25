using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>What people are told of models: real versions, made by a trainer.</summary>
public sealed class ModelLedgerTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ModelLedger Ledger => scene.Services.GetRequiredService<ModelLedger>();

    private TrainingRequests Requests => scene.Services.GetRequiredService<TrainingRequests>();

    [Fact]
    public async Task A_model_says_what_answers_how_good_it_is_and_when_it_is_trained_next()
    {
        await scene.PaintFruitAsync("told");
        await scene.PromoteAsync("told_model", TrainingScene.Build("told_model", "SELECT * FROM told"));
        var alone = await FindAsync("told_model");
        (alone.Version, alone.Labels, alone.Accuracy, alone.MacroF1, alone.Unsure).ShouldBe((1, 2, 1.0, 1.0, 0));
        alone.HeldOut.ShouldNotBeNull().ShouldBeGreaterThan(0);
        (alone.Trunk, alone.TrainedBy, alone.NextAt, alone.OpenRun).ShouldBe(("ConvNeXt_Atto", null, null, null));

        await scene.RegisterPipelineAsync("told", "told", "told_model");
        var next = new DateTimeOffset(2031, 1, 1, 3, 0, 0, TimeSpan.Zero);
        await scene.Services.GetRequiredService<PipelineCatalog>().NoteSchedulesAsync(
            new Dictionary<string, DateTimeOffset> { ["told"] = next }, Cancellation);
        var run = await Requests.TrainAsync("told", RunTrigger.Hand, "token shop", Cancellation);

        var trained = await FindAsync("told_model");
        (trained.TrainedBy, trained.NextAt, trained.OpenRun).ShouldBe(("told", next.UtcDateTime, run));
        (await Ledger.ListAsync(Cancellation)).ShouldContain(trained);
        (await scene.Queue.ListAsync("told_model", 1, Cancellation)).Single().RunId.ShouldBe(run);
        await scene.Queue.CancelAsync(run, Cancellation);
    }

    [Fact]
    public async Task A_version_says_who_asked_for_it_and_what_the_gate_found()
    {
        await scene.PaintFruitAsync("judging");
        await scene.RegisterPipelineAsync("judging", "judging", "judging_model");
        await TrainAsync("judging", "token shop");
        await scene.PaintAsync("judging", ("사과", 6, 220, 30, 30), ("배", 6, 30, 30, 220));
        await TrainAsync("judging", "token shop");
        await scene.PaintAsync("judging", ("귤", 8, 240, 160, 20));
        await TrainAsync("judging", "token other");

        var versions = await Ledger.VersionsAsync((await FindAsync("judging_model")).ModelId, 10, Cancellation);
        versions.Select(v => (v.Number, v.State, v.Parent, v.Trigger, v.AskedBy)).ShouldBe(
        [
            (3, VersionState.Rejected, 2, RunTrigger.Hand, "token other"),
            (2, VersionState.Current, 1, RunTrigger.Hand, "token shop"),
            (1, VersionState.Retired, null, RunTrigger.Hand, "token shop"),
        ]);
        var refusal = versions[0].Verdict.ShouldNotBeNull().Refusals.ShouldHaveSingleItem();
        (refusal.Kind, refusal.Labels!.Single()).ShouldBe((RefusalKind.LabelsNew, "귤"));
        versions[0].Reason.ShouldBe(versions[0].Verdict!.Words());
        var passed = versions[1].Verdict.ShouldNotBeNull();
        (passed.Passed, passed.Metric, passed.Value, passed.Before, passed.Against).ShouldBe((true, "macro_f1", 1.0, 1.0, 1));
        passed.NotWorse.ShouldBe(1);
        (await scene.ScalarAsync<long>(
            "SELECT count(*) FROM thanosql.training_runs WHERE model = 'judging_model' AND log LIKE '%Compared: its macro_f1 is 1.0000%in 100%'"))
            .ShouldBe(2); // the third was judged by more pictures than the one in service knows
        (await scene.ScalarAsync<string>("SELECT verdict ->> 'not_worse' FROM thanosql.model_versions WHERE model = 'judging_model' AND version = 2"))
            .ShouldBe("1");
        versions.Select(v => v.CanReturn).ShouldBe([false, false, true]);
        (versions[1].Pictures, versions[1].Accuracy, versions[1].Labels).ShouldBe((36, 1.0, 2));
    }

    [Fact]
    public async Task Who_rolls_back_and_lets_the_schedule_go_on_is_noted()
    {
        await scene.PaintFruitAsync("noted");
        for (var build = 0; build < 2; build++)
            await scene.PromoteAsync("noted_model", TrainingScene.Build("noted_model", "SELECT * FROM noted"));
        await scene.RequestAsync(r => r.RollBackAsync("noted_model", 1, "token shop", Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();

        (await FindAsync("noted_model")).SchedulePaused.ShouldNotBeNull().ShouldContain("version 2");
        var versions = await Ledger.VersionsAsync((await FindAsync("noted_model")).ModelId, 10, Cancellation);
        versions.Select(v => (v.State, v.Trigger, v.CanReturn)).ShouldBe(
            [(VersionState.Rejected, RunTrigger.Statement, true), (VersionState.Current, RunTrigger.Statement, false)]);

        await Requests.ResumeAsync("noted_model", "token shop", Cancellation);

        (await FindAsync("noted_model")).SchedulePaused.ShouldBeNull();
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.audit WHERE subject = 'noted_model' AND who = 'token shop'"))
            .ShouldBeGreaterThanOrEqualTo(2);
    }

    private async Task<ModelSummary> FindAsync(string model) => (await Ledger.FindAsync(model, Cancellation)).ShouldNotBeNull();

    private async Task TrainAsync(string pipeline, string by)
    {
        await scene.RequestAsync(r => r.TrainAsync(pipeline, RunTrigger.Hand, by, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
    }
}
