using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Planning;
using ThanoSql.Trainer.Renaming;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>A label that a person renames is renamed wherever it stands, without training.</summary>
public sealed class LabelRenameTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_label_is_renamed_everywhere_without_training_and_its_old_name_stands_for_it()
    {
        await ShopAsync("market");
        await scene.ExecuteAsync("""
            UPDATE market SET my_label = '사과' WHERE image_path IN (SELECT image_path FROM market WHERE label = '사과' ORDER BY image_path LIMIT 3);
            INSERT INTO thanosql.label_word (pipeline_id, bucket, key, content_id, label, said_by, in_force)
                SELECT pipeline_id, bucket, key, content_id, label, 'somebody else', true FROM thanosql.label WHERE key LIKE 'market/%'
            """);

        var run = await RenameAsync("market", "사과", "능금");

        run.State.ShouldBe(RunState.Promoted, run.Outcome);
        run.Outcome.ShouldNotBeNull().ShouldContain("on 3 pictures that people labelled");
        (await scene.ScalarAsync<string>("SELECT labels::text FROM thanosql.model_versions WHERE model = 'market' AND state = 'current'"))
            .ShouldBe("{배,능금}");
        (await scene.ScalarAsync<string>("""
            SELECT count(*) FILTER (WHERE keyword = '능금') || ' ' || count(*) FILTER (WHERE my_label = '능금') || ' '
                || count(*) FILTER (WHERE '사과' IN (keyword, my_label)) FROM market
            """)).ShouldBe("15 3 0");
        (await scene.ScalarAsync<long>("""
            SELECT count(*) FROM thanosql.keyword k JOIN thanosql.model m ON m.current_version_id = k.version_id
            WHERE m.name = 'market' AND k.keyword = '사과'
            """)).ShouldBe(0);
        (await scene.ScalarAsync<string>(
            "SELECT string_agg(DISTINCT label || ' ' || disputed || ' ' || renames, ',') FROM thanosql.label WHERE key LIKE 'market/%'"))
            .ShouldBe("능금 false 1");
        (await scene.ScalarAsync<string>("""
            SELECT string_agg(DISTINCT who || ', ' || action || ' ' || change, '; ') FROM thanosql.audit
            WHERE kind = 'label' AND action <> 'set' AND (subject = 'model market' OR subject LIKE 's3://workspace/market/%')
            """)).ShouldBe("token tester, rename 사과 → 능금");
        (await scene.ScalarAsync<string>("SELECT thanosql.label_of((SELECT pipeline_id FROM thanosql.pipeline WHERE name = 'market'), '사 과')"))
            .ShouldBe("능금");

        // The training statement says what it always said
        var trained = await TrainAsync("market");
        trained.State.ShouldBe(RunState.Promoted, trained.Outcome);
        trained.Log.ShouldContain("Labels that were renamed are read by their new names: '사과' (");

        (await RenameAsync("market", "능금", "사과")).State.ShouldBe(RunState.Promoted);
        (await scene.ScalarAsync<string>("""
            SELECT (SELECT count(*) FILTER (WHERE keyword = '사과') FROM market) || ' '
                || (SELECT string_agg(old_label || ' ' || new_label, ',') FROM thanosql.renamed_label WHERE model_name = 'market')
            """)).ShouldBe("15 능금 사과");
    }

    [Fact]
    public async Task What_people_alone_said_becomes_a_label_of_the_model_and_two_that_it_learned_stay_two()
    {
        await ShopAsync("stall");
        await scene.ExecuteAsync("UPDATE stall SET my_label = '빨강' WHERE image_path = (SELECT min(image_path) FROM stall)");

        var merged = await RenameAsync("stall", "빨강", "사 과");
        var apart = await Should.ThrowAsync<QueryException>(RenameAsync("stall", "사과", "배 "));
        var nobody = await Should.ThrowAsync<QueryException>(RenameAsync("stall", "귤", "감"));
        var same = await Should.ThrowAsync<QueryException>(RenameAsync("stall", "사과", "사과"));

        merged.State.ShouldBe(RunState.Promoted, merged.Outcome);
        (await scene.ScalarAsync<string>("SELECT keyword || ' ' || keyword_source || ' ' || my_label FROM stall WHERE keyword_source = 'person'"))
            .ShouldBe("사과 person 사과");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model_versions WHERE model = 'stall'")).ShouldBe(1);
        (apart.Code, nobody.Code, same.Code).ShouldBe((ErrorCode.NotSupported, ErrorCode.UnknownKeyword, ErrorCode.BadRequest));
        apart.Message.ShouldContain("learned '사과' and '배' as two labels");
    }

    [Fact]
    public async Task A_renaming_whose_trainer_was_killed_goes_on_where_it_was()
    {
        await ShopAsync("booth");
        await scene.ExecuteAsync("UPDATE booth SET my_label = '사과'");
        var id = await scene.Queue.AddAsync(
            NewTrainingRun.Rename("booth", new LabelRename("사과", "능금").ToJson()), Cancellation);
        var run = (await scene.Queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromHours(1), Cancellation))!;
        run.RunId.ShouldBe(id);
        // As it is left in the middle of what people said: of the version nothing is to do any more
        var renames = scene.Services.GetRequiredService<LabelRenames>();
        await renames.NoteAsync("booth", "사과", "능금", id, Cancellation);
        await scene.ExecuteAsync($"""
            UPDATE thanosql.label l SET label = '능금', renames = 1 FROM thanosql.pipeline p
            WHERE p.name = 'booth' AND l.pipeline_id = p.pipeline_id AND l.key < (SELECT image_path FROM booth ORDER BY 1 OFFSET 10 LIMIT 1);
            UPDATE thanosql.training_run SET alive_until = now() - interval '1 second' WHERE run_id = {id}
            """);

        (await scene.RunNextAsync()).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Promoted);
        (await scene.ScalarAsync<string>("""
            SELECT string_agg(DISTINCT l.label, ',') FROM thanosql.label l JOIN thanosql.pipeline p USING (pipeline_id) WHERE p.name = 'booth'
            """)).ShouldBe("능금");
    }

    [Fact]
    public async Task A_table_that_takes_no_such_word_is_named_and_nothing_is_renamed()
    {
        await ShopAsync("kiosk");
        await scene.ExecuteAsync("ALTER TABLE kiosk ADD CONSTRAINT few CHECK (keyword IN ('사과', '배'))");

        var run = await RenameAsync("kiosk", "사과", "능금");

        run.State.ShouldBe(RunState.Failed);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM kiosk WHERE keyword = '사과'")).ShouldBe(15);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.renamed_label WHERE model_name = 'kiosk'")).ShouldBe(0);
    }

    private async Task ShopAsync(string name)
    {
        await scene.PaintFruitAsync(name);
        await scene.PaintAsync(name, ("사과", 3, 220, 30, 30));
        await scene.ExecuteAsync($"ALTER TABLE {name} ADD my_label text");
        await scene.RegisterPipelineAsync(name, name, name, d => d with { LabelCol = "my_label", Promote = new PromotionRule { NotWorseBy = 1 } });
        (await TrainAsync(name)).State.ShouldBe(RunState.Promoted);
    }

    private async Task<TrainingRun> RenameAsync(string model, string from, string to)
    {
        var id = await scene.Services.GetRequiredService<LabelRenameRequests>().RenameAsync(model, from, to, "token tester", Cancellation);
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }

    private async Task<TrainingRun> TrainAsync(string pipeline)
    {
        var id = await scene.RequestAsync(r => r.TrainAsync(pipeline, RunTrigger.Hand, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }
}
