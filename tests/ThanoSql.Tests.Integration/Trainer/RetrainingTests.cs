using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Trainer;

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
    public async Task Other_options_are_something_new_to_try()
    {
        await scene.PaintFruitAsync("tried");
        await scene.RegisterPipelineAsync("tried", "tried", "tried_model");
        (await TrainAsync("tried")).State.ShouldBe(RunState.Promoted);
        await scene.RegisterPipelineAsync(
            "tried", "tried", "tried_model",
            d => d with { Model = d.Model with { Options = new Dictionary<string, string> { ["input_size"] = "32", ["epochs"] = "2" } } });

        (await TrainAsync("tried")).State.ShouldBe(RunState.Promoted);
    }

    [Fact]
    public async Task New_rows_make_a_new_version_and_the_table_follows()
    {
        await scene.PaintFruitAsync("growing");
        await scene.RegisterPipelineAsync("growing", "growing", "growing_model");
        (await TrainAsync("growing")).State.ShouldBe(RunState.Promoted);
        await scene.PaintAsync("growing", ("사과", 5, 220, 30, 30), ("배", 5, 30, 30, 220));

        (await TrainAsync("growing")).State.ShouldBe(RunState.Promoted);

        (await scene.ScalarAsync<string>("SELECT log FROM thanosql.training_runs WHERE model = 'growing_model' ORDER BY run_id DESC LIMIT 1"))
            .ShouldContain("Version 1 in service: no new picture in the last week; nobody labelled a picture");
        (await scene.ScalarAsync<string>("SELECT min(keyword_version) || ' ' || max(keyword_version) || ' ' || count(keyword) FROM growing"))
            .ShouldBe("2 2 34");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM growing WHERE keyword <> label")).ShouldBe(0);
    }

    [Fact]
    public async Task A_candidate_with_other_labels_is_refused_kept_and_not_in_service()
    {
        await scene.PaintFruitAsync("relabelled");
        await scene.RegisterPipelineAsync("relabelled", "relabelled", "relabelled_model");
        (await TrainAsync("relabelled")).State.ShouldBe(RunState.Promoted);
        await scene.PaintAsync("relabelled", ("귤", 8, 240, 160, 20));

        var run = await TrainAsync("relabelled");

        run.State.ShouldBe(RunState.Refused);
        run.Outcome.ShouldNotBeNull().ShouldContain("labels are new: 귤");
        (await scene.ScalarAsync<string>("SELECT reason FROM thanosql.model_versions WHERE model = 'relabelled_model' AND state = 'rejected'"))
            .ShouldContain("귤");
        (await scene.ScalarAsync<int>("SELECT version FROM thanosql.models WHERE name = 'relabelled_model'")).ShouldBe(1);
        (await scene.ScalarAsync<int>("SELECT max(keyword_version) FROM relabelled")).ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_candidate_keeps_its_metrics_is_not_tried_again_by_the_schedule_and_is_judged_anew_by_hand()
    {
        await scene.PaintFruitAsync("strict");
        await scene.RegisterPipelineAsync("strict", "strict", "strict_model");
        (await TrainAsync("strict")).State.ShouldBe(RunState.Promoted);
        await scene.PaintAsync("strict", ("귤", 8, 240, 160, 20));
        (await TrainAsync("strict", RunTrigger.Schedule)).State.ShouldBe(RunState.Refused);
        (await scene.ScalarAsync<string>(
            "SELECT ((metrics ->> 'held_out')::integer > 0) || ' ' || jsonb_array_length(metrics -> 'labels') FROM thanosql.model_versions " +
            "WHERE model = 'strict_model' AND state = 'rejected'"))
            .ShouldBe("true 3");

        var again = await TrainAsync("strict", RunTrigger.Schedule);
        again.State.ShouldBe(RunState.Skipped);
        again.Outcome.ShouldNotBeNull().ShouldContain("version 2, which was refused: labels are new: 귤");

        await scene.RegisterPipelineAsync(
            "strict", "strict", "strict_model", d => d with { Promote = new PromotionRule { AllowLabelChanges = true } });
        (await TrainAsync("strict")).State.ShouldBe(RunState.Promoted);
    }

    [Fact]
    public async Task A_refused_first_version_is_not_built_again_and_again_from_the_same_rows()
    {
        await scene.PaintAsync("poor", ("a", 20, 100, 100, 100), ("b", 20, 100, 100, 100));
        await scene.RegisterPipelineAsync(
            "poor", "poor", "poor_model", d => d with { Promote = new PromotionRule { Metric = "accuracy", AtLeast = 0.999 } });

        (await TrainAsync("poor", RunTrigger.Schedule)).State.ShouldBe(RunState.Refused);
        (await TrainAsync("poor", RunTrigger.Schedule)).State.ShouldBe(RunState.Skipped);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model_versions WHERE model = 'poor_model'")).ShouldBe(1);
    }

    [Fact]
    public async Task The_pipeline_that_trains_a_model_says_what_must_hold()
    {
        await scene.PaintAsync("ruled", ("a", 20, 100, 100, 100), ("b", 20, 100, 100, 100));
        var trains =
            TrainingScene.Pipeline(
                "ruled_trains", "ruled", "ruled_model") with
            { Promote = new PromotionRule { Metric = "accuracy", AtLeast = 0.999 } };
        var other =
            TrainingScene.Pipeline("ruled_a", "ruled", "ruled_model") with { Prefix = "elsewhere/", Model = trains.Model with { Train = null } };
        await scene.RegisterPipelinesAsync(other, trains);

        (await TrainAsync("ruled_trains")).State.ShouldBe(RunState.Refused);
    }

    [Fact]
    public async Task Both_versions_are_judged_on_the_same_images_whatever_their_trunks()
    {
        await scene.PaintFruitAsync("judged");
        await scene.PromoteAsync("judged_model", TrainingScene.Build("judged_model", "SELECT * FROM judged"));
        var trunk = await scene.ScalarAsync<int>(
            "SELECT v.trunk_id FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) WHERE m.name = 'judged_model'");
        await scene.PaintAsync("judged", ("사과", 20, 220, 30, 30), ("배", 20, 30, 30, 220));
        await scene.RegisterPipelineAsync(
            "judged", "judged", "judged_model",
            d => d with { Model = d.Model with { Options = new Dictionary<string, string> { ["input_size"] = "64", ["epochs"] = "1" } } });

        (await TrainAsync("judged")).State.ShouldBe(RunState.Promoted);

        (await scene.ScalarAsync<long>(
            $"""
             SELECT count(*) FROM thanosql.held_out h JOIN thanosql.model m USING (model_id)
             WHERE m.name = 'judged_model' AND h.held_out AND NOT EXISTS (
                 SELECT FROM thanosql.embedding e WHERE e.content_id = h.content_id AND e.trunk_id = {trunk} AND e.view = 0)
             """)).ShouldBe(0);
    }

    [Fact]
    public async Task A_candidate_whose_file_cannot_be_written_fails_with_its_reason_and_leaves_the_version_in_service()
    {
        await scene.PaintFruitAsync("damaged");
        await scene.RegisterPipelineAsync("damaged", "damaged", "damaged_model");
        (await TrainAsync("damaged")).State.ShouldBe(RunState.Promoted);
        await scene.PaintAsync("damaged", ("사과", 5, 220, 30, 30), ("배", 5, 30, 30, 220));
        var folder = Path.Combine(scene.ModelFolder, "damaged_model.2.onnx");
        Directory.CreateDirectory(folder); // in the way of the file

        var run = await TrainAsync("damaged");

        run.State.ShouldBe(RunState.Failed);
        (await scene.ScalarAsync<string>(
            "SELECT string_agg(version || ' ' || state || ' ' || (reason IS NOT NULL), ',' ORDER BY version) FROM thanosql.model_versions " +
            "WHERE model = 'damaged_model'"))
            .ShouldBe("1 current false,2 failed true");
        (await scene.ScalarAsync<string>("SELECT min(keyword_version) || ' ' || max(keyword_version) FROM damaged WHERE keyword IS NOT NULL"))
            .ShouldBe("1 1");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Metrics_by_label_confusion_and_thresholds_are_read_with_sql_by_a_user()
    {
        await scene.PaintFruitAsync("shown");
        await scene.PromoteAsync("shown_model", TrainingScene.Build("shown_model", "SELECT * FROM shown"));

        await using var user = await (await scene.Services.GetRequiredService<UserDatabase>().PoolAsync(TokenScope.Query, Cancellation))
            .OpenConnectionAsync(Cancellation);
        await using var command = new NpgsqlCommand(
            """
            SELECT string_agg(format('%s %s %s', l ->> 'label', l ->> 'f1', (l ->> 'threshold')::real BETWEEN 0 AND 1), ',' ORDER BY l ->> 'label')
                   || ' ' || (sum((l ->> 'support')::integer)
                       = sum((metrics #>> '{confusion,0,0}')::integer + (metrics #>> '{confusion,1,1}')::integer) / 2)
            FROM thanosql.model_versions, jsonb_array_elements(metrics -> 'labels') l WHERE model = 'shown_model' AND state = 'current'
            """, user);
        (await command.ExecuteScalarAsync(Cancellation)).ShouldBe("배 1 t,사과 1 t true");
        await using var runs = new NpgsqlCommand(
            "SELECT state || ' ' || (log LIKE '%held-out images%') || ' ' || version FROM thanosql.training_runs WHERE model = 'shown_model'", user);
        (await runs.ExecuteScalarAsync(Cancellation)).ShouldBe("promoted true 1");
    }

    [Fact]
    public async Task A_first_version_that_reaches_no_bar_does_not_come_into_service()
    {
        // Labels at random: nothing can be learned
        await scene.PaintAsync("noise", ("a", 20, 100, 100, 100), ("b", 20, 100, 100, 100));
        await scene.RegisterPipelineAsync(
            "noise", "noise", "noise_model", d => d with { Promote = new PromotionRule { Metric = "accuracy", AtLeast = 0.999 } });

        var run = await TrainAsync("noise");

        run.State.ShouldBe(RunState.Refused, run.Outcome);
        run.Outcome.ShouldNotBeNull().ShouldContain("accuracy");
        (await scene.ScalarAsync<bool>("SELECT current_version_id IS NULL FROM thanosql.model WHERE name = 'noise_model'")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_people_said_is_learned_and_stands_in_the_index()
    {
        await scene.PaintFruitAsync("corrected");
        await scene.RegisterPipelineAsync(
            "corrected", "corrected", "corrected_model", d => d with { Promote = new PromotionRule { NotWorseBy = 1 } });
        (await TrainAsync("corrected")).State.ShouldBe(RunState.Promoted);
        await scene.ExecuteAsync("""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, '사과', 'a person' FROM thanosql.image i, thanosql.pipeline p
            WHERE p.name = 'corrected' AND i.key = (
                SELECT min(key) FROM thanosql.image JOIN thanosql.held_out h USING (content_id) JOIN corrected ON image_path = key
                WHERE label = '배' AND NOT h.held_out) -- which picks pictures at random, and may hold out a single 배
            """);

        var run = await TrainAsync("corrected");

        run.State.ShouldBe(RunState.Promoted, run.Outcome);
        run.Log.ShouldContain("People corrected 1 labels and gave 0 more.");
        (await scene.ScalarAsync<string>("SELECT label || ' ' || keyword || ' ' || keyword_source FROM corrected WHERE keyword_source <> 'model'"))
            .ShouldBe("배 사과 person");
    }

    [Fact]
    public async Task A_rare_word_of_a_person_stops_no_training_and_stands_in_the_index()
    {
        await scene.PaintFruitAsync("renamed");
        await scene.RegisterPipelineAsync("renamed", "renamed", "renamed_model", d => d with { Promote = new PromotionRule { NotWorseBy = 1 } });
        (await TrainAsync("renamed")).State.ShouldBe(RunState.Promoted);
        await scene.ExecuteAsync("""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, '능금', 'a person' FROM thanosql.image i, thanosql.pipeline p
            WHERE p.name = 'renamed' AND i.key = (
                SELECT min(key) FROM thanosql.image JOIN thanosql.held_out h USING (content_id) JOIN renamed ON image_path = key
                WHERE label = '사과' AND NOT h.held_out)
            """);

        var run = await TrainAsync("renamed");

        run.State.ShouldBe(RunState.Promoted, run.Outcome);
        run.Log.ShouldContain("1 label(s) with 1 image(s) are left out, since one image is too few to learn a label: '능금'.");
        (await scene.ScalarAsync<string>("SELECT label || ' ' || keyword || ' ' || keyword_source FROM renamed WHERE keyword_source <> 'model'"))
            .ShouldBe("사과 능금 person");
    }

    [Fact]
    public async Task A_label_teaches_nothing_when_its_picture_is_gone_or_was_overwritten()
    {
        await scene.PaintFruitAsync("doubtful");
        await scene.RegisterPipelineAsync("doubtful", "doubtful", "doubtful_model", d => d with { LabelCol = "label" });
        (await TrainAsync("doubtful")).State.ShouldBe(RunState.Promoted);
        // As a worker leaves them: one label whose picture was overwritten, and more labels of deleted pictures than a source may miss
        await scene.ExecuteAsync(
            """
            UPDATE thanosql.label SET state = 'to confirm' WHERE key = (
                SELECT min(key) FROM thanosql.image JOIN thanosql.held_out h USING (content_id) JOIN doubtful d ON d.image_path = key
                WHERE d.label = '배' AND NOT h.held_out); -- a single 배 may be held out, and has to stay
            INSERT INTO thanosql.image (bucket, key, state) SELECT 'workspace', 'doubtful/gone/' || n, 'gone' FROM generate_series(1, 10) n;
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
            SELECT pipeline_id, 'workspace', 'doubtful/gone/' || n, '배', 'a person' FROM thanosql.pipeline, generate_series(1, 10) n
                WHERE name = 'doubtful';
            """);

        var run = await TrainAsync("doubtful");

        run.State.ShouldBe(RunState.Promoted, run.Outcome);
        run.Log.ShouldContain("1 pictures were overwritten since they were labelled and are left out");
        (await scene.ScalarAsync<string>("SELECT metrics ->> 'rows' FROM thanosql.model_versions WHERE model = 'doubtful_model' AND version = 2"))
            .ShouldBe("23");
    }

    [Fact]
    public async Task A_pipeline_without_its_file_is_not_trained()
    {
        await scene.PaintFruitAsync("fileless");
        await scene.RegisterPipelineAsync("fileless", "fileless", "fileless_model");
        await scene.RegisterPipelineAsync("another", "another", "another_model");

        (await Should.ThrowAsync<QueryException>(() => TrainAsync("fileless"))).Code.ShouldBe(ErrorCode.UnknownModel);
    }

    [Fact]
    public async Task A_pipeline_without_a_training_statement_cannot_be_trained()
    {
        await scene.RegisterPipelineAsync("mute", "mute", "mute_model", d => d with { Model = d.Model with { Train = null } });

        (await Should.ThrowAsync<QueryException>(() => TrainAsync("mute"))).Message.ShouldContain("training statement");
        (await Should.ThrowAsync<QueryException>(() => TrainAsync("nobody"))).Code.ShouldBe(ErrorCode.UnknownModel);
    }

    private async Task<TrainingRun> TrainAsync(string pipeline, RunTrigger trigger = RunTrigger.Hand)
    {
        var id = await scene.RequestAsync(r => r.TrainAsync(pipeline, trigger, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }
}
