using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Training;

namespace ThanoSql.Tests.Integration.Training;

public sealed class RetrainingTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_without_new_data_is_skipped_and_says_so()
    {
        await scene.PaintFruitAsync("same");
        await scene.RegisterPipelineAsync("same", "same", "same_model");
        (await TrainAsync("same")).State.ShouldBe(RunState.Promoted);

        var second = await TrainAsync("same");

        second.State.ShouldBe(RunState.Skipped);
        second.Outcome.ShouldNotBeNull().ShouldContain("nothing new");
    }

    [Fact]
    public async Task New_rows_make_a_new_version_and_the_table_follows()
    {
        await scene.PaintFruitAsync("growing");
        await scene.RegisterPipelineAsync("growing", "growing", "growing_model");
        (await TrainAsync("growing")).State.ShouldBe(RunState.Promoted);
        await scene.PaintAsync("growing", ("사과", 5, 220, 30, 30), ("배", 5, 30, 30, 220));

        (await TrainAsync("growing")).State.ShouldBe(RunState.Promoted);

        (await scene.ScalarAsync<string>("SELECT min(keyword_version) || ' ' || max(keyword_version) || ' ' || count(keyword) FROM growing")).ShouldBe("2 2 34");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM growing WHERE keyword <> label")).ShouldBe(0);
    }

    [Fact]
    public async Task A_candidate_with_other_labels_is_refused_kept_and_not_in_service()
    {
        await scene.PaintFruitAsync("labels");
        await scene.RegisterPipelineAsync("labels", "labels", "labels_model");
        (await TrainAsync("labels")).State.ShouldBe(RunState.Promoted);
        await scene.PaintAsync("labels", ("귤", 8, 240, 160, 20));

        var run = await TrainAsync("labels");

        run.State.ShouldBe(RunState.Refused);
        run.Outcome.ShouldNotBeNull().ShouldContain("labels are new: 귤");
        (await scene.ScalarAsync<string>("SELECT reason FROM thanosql.model_versions WHERE model = 'labels_model' AND state = 'rejected'")).ShouldContain("귤");
        (await scene.ScalarAsync<int>("SELECT version FROM thanosql.models WHERE name = 'labels_model'")).ShouldBe(1);
        (await scene.ScalarAsync<int>("SELECT max(keyword_version) FROM labels")).ShouldBe(1);
    }

    [Fact]
    public async Task A_first_version_that_reaches_no_bar_does_not_come_into_service()
    {
        // Labels at random: nothing can be learned
        await scene.PaintAsync("noise", ("a", 20, 100, 100, 100), ("b", 20, 100, 100, 100));
        await scene.RegisterPipelineAsync("noise", "noise", "noise_model", d => d with { Promote = new PromotionRule { Metric = "accuracy", AtLeast = 0.999 } });

        var run = await TrainAsync("noise");

        run.State.ShouldBe(RunState.Refused, run.Outcome);
        run.Outcome.ShouldNotBeNull().ShouldContain("accuracy");
        (await scene.ScalarAsync<bool>("SELECT current_version_id IS NULL FROM thanosql.model WHERE name = 'noise_model'")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_people_said_is_learned_and_stands_in_the_index()
    {
        await scene.PaintFruitAsync("corrected");
        await scene.RegisterPipelineAsync("corrected", "corrected", "corrected_model", d => d with { Promote = new PromotionRule { NotWorseBy = 1 } });
        (await TrainAsync("corrected")).State.ShouldBe(RunState.Promoted);
        await scene.ExecuteAsync("""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, '사과', 'a person' FROM thanosql.image i, thanosql.pipeline p
            WHERE p.name = 'corrected' AND i.key = (SELECT min(image_path) FROM corrected WHERE label = '배')
            """);

        var run = await TrainAsync("corrected");

        run.State.ShouldBe(RunState.Promoted, run.Outcome);
        run.Log.ShouldContain("People corrected 1 labels and gave 0 more.");
        (await scene.ScalarAsync<string>("SELECT label || ' ' || keyword || ' ' || keyword_source FROM corrected WHERE keyword_source <> 'model'")).ShouldBe("배 사과 person");
    }

    [Fact]
    public async Task A_pipeline_without_a_training_statement_cannot_be_trained()
    {
        await scene.RegisterPipelineAsync("mute", "mute", "mute_model", d => d with { Model = d.Model with { Train = null } });

        (await Should.ThrowAsync<TrainingException>(() => TrainAsync("mute"))).Message.ShouldContain("training statement");
        (await Should.ThrowAsync<TrainingException>(() => TrainAsync("nobody"))).Code.ShouldBe(TrainingErrorCodes.UnknownModel);
    }

    private async Task<TrainingRun> TrainAsync(string pipeline)
    {
        var id = await scene.RequestAsync(r => r.TrainAsync(pipeline, RunTrigger.Hand, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }
}
