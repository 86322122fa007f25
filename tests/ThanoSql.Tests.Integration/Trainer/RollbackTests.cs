using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;
using ThanoSql.Trainer;

namespace ThanoSql.Tests.Integration.Trainer;

public sealed class RollbackTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rolling_back_twice_goes_two_versions_back_and_the_schedule_rests()
    {
        await scene.PaintFruitAsync("stairs");
        for (var build = 0; build < 3; build++)
            await scene.PromoteAsync("stairs_model", TrainingScene.Build("stairs_model", "SELECT * FROM stairs"));
        await scene.RegisterPipelineAsync("stairs", "stairs", "stairs_model");

        await RollBackAsync("stairs_model", null);
        (await CurrentAsync("stairs_model")).ShouldBe("2: 24 of 24");
        await RollBackAsync("stairs_model", null);

        (await CurrentAsync("stairs_model")).ShouldBe("1: 24 of 24");
        (await StatesAsync("stairs_model")).ShouldBe("current rejected rejected");
        (await scene.ScalarAsync<string>("SELECT schedule_paused FROM thanosql.model WHERE name = 'stairs_model'")).ShouldContain("version 2");
        var third = await RollBackAsync("stairs_model", null);
        third.ErrorCode.ShouldBe("nothing_to_roll_back");
    }

    [Fact]
    public async Task A_version_is_gone_back_to_by_its_number_and_a_new_build_goes_on_from_there()
    {
        await scene.PaintFruitAsync("number");
        for (var build = 0; build < 3; build++)
            await scene.PromoteAsync("number_model", TrainingScene.Build("number_model", "SELECT * FROM number"));

        (await RollBackAsync("number_model", 1)).State.ShouldBe(RunState.Promoted);
        (await RollBackAsync("number_model", 9)).ErrorCode.ShouldBe("unknown_version");
        await scene.PromoteAsync("number_model", TrainingScene.Build("number_model", "SELECT * FROM number"));

        (await StatesAsync("number_model")).ShouldBe("retired retired rejected current");
        (await scene.ScalarAsync<bool>("SELECT schedule_paused IS NULL FROM thanosql.model WHERE name = 'number_model'")).ShouldBeTrue();
        (await RollBackAsync("number_model", null)).State.ShouldBe(RunState.Promoted);
        (await CurrentAsync("number_model")).ShouldStartWith("1");
    }

    [Fact]
    public async Task What_arrived_since_is_keyed_by_the_version_that_comes_back()
    {
        await scene.PaintFruitAsync("late");
        await scene.PromoteAsync("late_model", TrainingScene.Build("late_model", "SELECT * FROM late"));
        await scene.PaintAsync("late", ("귤", 6, 240, 160, 20));
        await scene.PromoteAsync("late_model", TrainingScene.Build("late_model", "SELECT * FROM late"));

        await RollBackAsync("late_model", null);

        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'late_model' AND version = 1 AND rank = 1")).ShouldBe(30);
    }

    [Fact]
    public async Task A_version_over_another_trunk_comes_back_after_it_has_seen_what_arrived_and_says_how_long_that_takes()
    {
        await scene.PaintFruitAsync("trunks");
        await scene.PromoteAsync("trunks_model", TrainingScene.Build("trunks_model", "SELECT * FROM trunks"));
        await scene.PaintAsync("trunks", ("사과", 20, 220, 30, 30), ("배", 20, 30, 30, 220));
        await scene.PromoteAsync(
            "trunks_model", TrainingScene.Build("trunks_model", "SELECT * FROM trunks").Replace("input_size=32", "input_size=64"));

        var back = await RollBackAsync("trunks_model", null);

        back.Log.ShouldContain("40 images are looked at with the trunk of version 1");
        back.Log.ShouldContain("Looking at the other 8 images takes about");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'trunks_model' AND version = 1 AND rank = 1"))
            .ShouldBe(64);
    }

    [Fact]
    public async Task After_resume_the_schedule_does_not_bring_the_rejected_version_back()
    {
        await scene.PaintFruitAsync("resumed");
        await scene.RegisterPipelineAsync("resumed", "resumed", "resumed_model");
        (await TrainAsync("resumed")).State.ShouldBe(RunState.Promoted);
        await scene.PaintAsync("resumed", ("사과", 5, 220, 30, 30), ("배", 5, 30, 30, 220));
        (await TrainAsync("resumed")).State.ShouldBe(RunState.Promoted);
        await RollBackAsync("resumed_model", null);
        var requests = scene.Services.GetRequiredService<TrainingRequests>();
        await requests.ResumeAsync("resumed_model", Cancellation);

        (await TrainAsync("resumed")).Outcome.ShouldNotBeNull().ShouldContain("version 2, which was taken back");
        (await CurrentAsync("resumed_model")).ShouldStartWith("1");
        await scene.PaintAsync("resumed", ("사과", 5, 220, 30, 30));
        (await TrainAsync("resumed")).State.ShouldBe(RunState.Promoted);
        (await StatesAsync("resumed_model")).ShouldBe("retired rejected current");
        (await Should.ThrowAsync<QueryException>(() => requests.ResumeAsync("nobody", Cancellation))).Code.ShouldBe(ErrorCode.UnknownModel);
        (await Should.ThrowAsync<QueryException>(() => requests.RollBackAsync("nobody", null, Cancellation))).Code.ShouldBe(ErrorCode.UnknownModel);
    }

    [Fact]
    public async Task A_rollback_cancels_the_build_that_is_under_way()
    {
        await scene.PaintFruitAsync("race");
        var statement = TrainingScene.Build("race_model", "SELECT * FROM race");
        await scene.PromoteAsync("race_model", statement);
        await scene.PromoteAsync("race_model", statement);
        var build = await scene.Queue.AddAsync(new NewTrainingRun("race_model", RunTrigger.Statement, statement, TokenScope.Write), Cancellation);

        var back = await RollBackAsync("race_model", null);

        back.State.ShouldBe(RunState.Promoted, back.Outcome);
        (await scene.Queue.FindAsync(build, Cancellation))!.State.ShouldBe(RunState.Cancelled);
        (await CurrentAsync("race_model")).ShouldStartWith("1");
    }

    [Fact]
    public async Task Only_the_last_three_versions_keep_their_keywords_and_older_ones_come_back_all_the_same()
    {
        await scene.PaintFruitAsync("kept");
        for (var build = 0; build < 5; build++)
            await scene.PromoteAsync("kept_model", TrainingScene.Build("kept_model", "SELECT * FROM kept"));
        (await scene.ScalarAsync<long>(
            """
            SELECT count(*) FROM thanosql.model_version v JOIN thanosql.model m USING (model_id)
            WHERE m.name = 'kept_model' AND to_regclass('thanosql.keyword_' || v.version_id) IS NOT NULL
            """)).ShouldBe(3);

        await RollBackAsync("kept_model", 1);

        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'kept_model' AND version = 1 AND rank = 1")).ShouldBe(24);
    }

    private async Task<TrainingRun> TrainAsync(string pipeline)
    {
        var id = await scene.RequestAsync(r => r.TrainAsync(pipeline, RunTrigger.Schedule, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }

    private async Task<TrainingRun> RollBackAsync(string model, int? to)
    {
        var id = await scene.RequestAsync(r => r.RollBackAsync(model, to, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }

    private Task<string> CurrentAsync(string model) => scene.ScalarAsync<string>(
        $"""
         SELECT m.version || ': ' || (SELECT count(*) FROM thanosql.indexed i WHERE i.model = m.name AND i.rank = 1
             AND i.version = m.version) || ' of '
                || (SELECT count(*) FROM thanosql.image WHERE key LIKE split_part(m.name, '_', 1) || '/%')
         FROM thanosql.models m WHERE name = '{model}'
         """);

    private Task<string> StatesAsync(string model) =>
        scene.ScalarAsync<string>($"SELECT string_agg(state, ' ' ORDER BY version) FROM thanosql.model_versions WHERE model = '{model}'");
}
