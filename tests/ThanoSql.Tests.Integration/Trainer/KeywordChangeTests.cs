using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>What a promotion changes in the index is known before it happens.</summary>
public sealed class KeywordChangeTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private const string Swap = "SET label = CASE label WHEN '사과' THEN '배' ELSE '사과' END";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dry_run_and_the_promotion_after_it_count_the_keywords_that_change()
    {
        await ServeAsync("swapped");
        await scene.ExecuteAsync("""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, s.keyword, 'a person'
            FROM thanosql.image i JOIN swapped s ON s.image_path = i.key, thanosql.pipeline p
            WHERE p.name = 'swapped' AND i.key = (SELECT min(image_path) FROM swapped WHERE keyword = '배');
            CREATE TABLE swapped_before AS SELECT image_path, keyword FROM swapped;
            """);
        await scene.ExecuteAsync($"UPDATE swapped {Swap}");

        var tried = await EndAsync(r => r.DryRunAsync("swapped", "token shop", Cancellation));

        tried.State.ShouldBe(RunState.Tried, $"{tried.Outcome} {tried.Log}");
        tried.Outcome.ShouldBe("Dry run: the version would take over.");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model_versions WHERE model = 'swapped_model'")).ShouldBe(1);
        (await scene.ScalarAsync<long>(
            "SELECT count(*) FROM swapped s JOIN swapped_before b USING (image_path) WHERE s.keyword IS DISTINCT FROM b.keyword")).ShouldBe(0);

        var promoted = await EndAsync(r => r.TrainAsync("swapped", RunTrigger.Hand, Cancellation));

        promoted.State.ShouldBe(RunState.Promoted, promoted.Outcome);
        var changes = KeywordChanges.Parse(promoted.Changes).ShouldNotBeNull();
        changes.Changed.ShouldBe(await scene.ScalarAsync<long>(
            "SELECT count(*) FROM swapped s JOIN swapped_before b USING (image_path) WHERE s.keyword IS DISTINCT FROM b.keyword"));
        (changes.Pictures, changes.Samples.Count).ShouldBe((24, 20));
        promoted.Log.ShouldContain($"{changes.Changed} of 24 pictures get another keyword, for example {changes.Samples[0].Words()}.");
        tried.Changes.ShouldBe(promoted.Changes);
        foreach (var sample in changes.Samples)
        {
            (await scene.ScalarAsync<bool>($"""
                SELECT b.keyword IS NOT DISTINCT FROM {Literal(sample.From)} AND s.keyword IS NOT DISTINCT FROM {Literal(sample.To)}
                FROM swapped s JOIN swapped_before b USING (image_path) WHERE image_path = {Literal(sample.Path)}
                """)).ShouldBeTrue(sample.Words());
        }
    }

    [Fact]
    public async Task A_first_version_changes_nothing_that_was_there_and_its_dry_run_leaves_no_model()
    {
        await scene.PaintFruitAsync("unborn");
        await scene.RegisterPipelineAsync("unborn", "unborn", "unborn_model");

        var tried = await EndAsync(r => r.DryRunAsync("unborn", "token shop", Cancellation));

        (tried.State, tried.Changes).ShouldBe((RunState.Tried, null));
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'unborn_model'")).ShouldBe(0);
        (await EndAsync(r => r.TrainAsync("unborn", RunTrigger.Hand, Cancellation))).Changes.ShouldBeNull();
    }

    [Fact]
    public async Task A_dry_run_says_why_the_version_would_be_refused_and_keeps_no_schedule_from_judging_it()
    {
        await ServeAsync("warned");
        await scene.PaintAsync("warned", ("귤", 8, 240, 160, 20));

        var tried = await EndAsync(r => r.DryRunAsync("warned", "token shop", Cancellation));

        tried.State.ShouldBe(RunState.Tried);
        tried.Outcome.ShouldNotBeNull().ShouldStartWith("Dry run: the version would be refused: labels are new: 귤");
        KeywordChanges.Parse(tried.Changes).ShouldNotBeNull().Pictures.ShouldBe(32);
        (await EndAsync(r => r.TrainAsync("warned", RunTrigger.Schedule, Cancellation))).State.ShouldBe(RunState.Refused);
    }

    [Fact]
    public async Task A_rollback_says_what_changes_back()
    {
        await ServeAsync("returned");
        await scene.ExecuteAsync($"UPDATE returned {Swap}");
        var forward = await EndAsync(r => r.TrainAsync("returned", RunTrigger.Hand, Cancellation));

        var back = await EndAsync(r => r.RollBackAsync("returned_model", null, Cancellation));

        back.State.ShouldBe(RunState.Promoted, back.Outcome);
        var (there, again) = (KeywordChanges.Parse(forward.Changes)!, KeywordChanges.Parse(back.Changes)!);
        again.Changed.ShouldBe(there.Changed);
        again.Samples.ShouldBe(there.Samples.Select(s => s with { From = s.To, To = s.From }));
    }

    [Fact]
    public async Task A_statement_may_be_a_dry_run_and_a_tuned_trunk_goes_with_it()
    {
        await scene.PaintFruitAsync("rehearsed");
        await scene.PromoteAsync("rehearsed_model", TrainingScene.Build("rehearsed_model", "SELECT * FROM rehearsed"));

        var run = await scene.RunAsync(
            "rehearsed_model",
            TrainingScene.Build(
                "rehearsed_model", "SELECT * FROM rehearsed", "epochs=1, overwrite=True, fine_tune=True, batch_size=8, dry_run=True"));

        run.State.ShouldBe(RunState.Tried, run.Outcome);
        run.Log.ShouldContain("get another keyword");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.embedding JOIN thanosql.trunk USING (trunk_id) WHERE origin = 'tuned'"))
            .ShouldBe(0);
        (await scene.ScalarAsync<int>("SELECT version FROM thanosql.models WHERE name = 'rehearsed_model'")).ShouldBe(1);
    }

    private async Task ServeAsync(string table)
    {
        await scene.PaintFruitAsync(table);
        await scene.RegisterPipelineAsync(table, table, $"{table}_model");
        (await EndAsync(r => r.TrainAsync(table, RunTrigger.Hand, Cancellation))).State.ShouldBe(RunState.Promoted);
    }

    private async Task<TrainingRun> EndAsync(Func<TrainingRequests, Task<long>> ask)
    {
        var id = await scene.RequestAsync(ask);
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }

    private static string Literal(string? text) => text is null ? "NULL" : $"'{text}'";
}
