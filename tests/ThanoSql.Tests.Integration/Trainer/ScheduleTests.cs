using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Quartz;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer;
using ThanoSql.Trainer.Schedules;

namespace ThanoSql.Tests.Integration.Trainer;

public sealed class ScheduleTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Triggers_follow_the_pipelines()
    {
        await using var trainer = scene.CreateServices(TimeProvider.System);
        var scheduler = await trainer.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation);

        await ApplyAsync(scheduler, Pipeline("a", "0 0 3 * * ?"), Pipeline("b", "0 0 4 * * ?"));
        await ApplyAsync(scheduler, Pipeline("over", "0 0 5 1 1 ? 2020"), Pipeline("a", "0 0 5 * * ?"), Pipeline("c", null));

        (await scene.ScalarAsync<string>(
            "SELECT string_agg(t.trigger_name || ' ' || cron_expression, ',') FROM thanosql.qrtz_cron_triggers t " +
            "WHERE trigger_name IN ('a', 'b', 'c', 'over')"))
            .ShouldBe("a 0 0 5 * * ?");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'qrtz%'")).ShouldBe(0);
        await scheduler.Shutdown(false, Cancellation);
    }

    [Fact]
    public async Task Triggers_set_by_a_clock_that_ran_ten_years_ahead_are_set_anew_and_trainers_seen_then_do_not_pass_for_alive()
    {
        var ahead = new ShiftedTime(TimeSpan.FromDays(3652));
        await using var trainer = scene.CreateServices(TimeProvider.System);
        var scheduler = await trainer.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation);
        await ApplyAsync(scheduler, ahead, Pipeline("ahead", "0 0 3 * * ?"), Pipeline("changed", "0 0 4 * * ?"));
        await scene.ExecuteAsync($"""
            INSERT INTO thanosql.qrtz_scheduler_state (sched_name, instance_name, last_checkin_time, checkin_interval)
            VALUES ('QuartzScheduler', 'dead', {ahead.GetUtcNow().UtcTicks}, 7500)
            """);

        var late = await ApplyAsync(scheduler, Pipeline("ahead", "0 0 3 * * ?"));
        await trainer.GetRequiredService<ScheduledTrainers>().CorrectClockAsync(DateTimeOffset.UtcNow, Cancellation);

        late.ShouldBe(["ahead"]);
        (
            await scene.ScalarAsync<DateTime>(
                "SELECT to_timestamp((next_fire_time - 621355968000000000) / 1e7) FROM thanosql.qrtz_triggers WHERE trigger_name = 'ahead'"))
            .ShouldBeInRange(DateTime.UtcNow, DateTime.UtcNow.AddDays(1));
        (await scene.ScalarAsync<bool>($"SELECT max(last_checkin_time) <= {DateTimeOffset.UtcNow.UtcTicks} FROM thanosql.qrtz_scheduler_state"))
            .ShouldBeTrue();
        (await ApplyAsync(scheduler, Pipeline("ahead", "0 0 3 * * ?"))).ShouldBeEmpty();
        await ApplyAsync(scheduler); // no trigger is left
        await scheduler.Shutdown(false, Cancellation);
    }

    [Fact]
    public async Task The_view_of_pipelines_tells_when_each_is_trained_next()
    {
        await using var trainer = scene.CreateServices(TimeProvider.System);
        var scheduler = await trainer.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation);
        var catalog = scene.Services.GetRequiredService<PipelineCatalog>();
        await scene.RegisterPipelinesAsync(
            Pipeline("seen", "0 0 3 1 1 ? 2098") with { Prefix = "s/" }, Pipeline("unseen", null) with { Prefix = "u/", Table = "u" });

        await ApplyAsync(scheduler, Pipeline("seen", "0 0 3 1 1 ? 2098"), Pipeline("unseen", null));
        await catalog.NoteSchedulesAsync(await PipelineSchedules.NextAsync(scheduler, Cancellation), Cancellation);
        (await NextAsync()).ShouldBe("seen 2098-01-01 03:00, unseen ");

        await ApplyAsync(scheduler, Pipeline("seen", null), Pipeline("unseen", "0 30 4 2 1 ? 2098"));
        await catalog.NoteSchedulesAsync(await PipelineSchedules.NextAsync(scheduler, Cancellation), Cancellation);
        (await NextAsync()).ShouldBe("seen , unseen 2098-01-02 04:30");
        await scheduler.Shutdown(false, Cancellation);

        Task<string> NextAsync() => scene.ScalarAsync<string>("""
            SELECT string_agg(concat(name, ' ', to_char(next_training AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')), ', ' ORDER BY name)
            FROM thanosql.pipelines WHERE name IN ('seen', 'unseen')
            """);
    }

    [Fact]
    public async Task Nights_missed_by_trainers_that_were_down_are_made_up_for_once_by_one_of_two()
    {
        await scene.PaintFruitAsync("nightly");
        await scene.RegisterPipelineAsync("nightly", "nightly", "nightly_model", d => d with { Schedule = "0 0 3 * * ?" });
        await using (var past = scene.CreateServices(new ShiftedTime(TimeSpan.FromDays(-3))))
        {
            var scheduler = await past.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation);
            await ApplyAsync(scheduler, new ShiftedTime(TimeSpan.FromDays(-3)), Pipeline("nightly", "0 0 3 * * ?"));
            await scheduler.Shutdown(false, Cancellation);
        }

        await using var one = scene.CreateServices(TimeProvider.System);
        await using var two = scene.CreateServices(TimeProvider.System);
        IScheduler[] schedulers =
        [
            await one.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation),
            await two.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation),
        ];
        foreach (var scheduler in schedulers)
            await scheduler.Start(Cancellation);

        await WaitUntilAsync(async () => await RunsAsync() > 0);
        (await scene.RunNextAsync()).ShouldBeTrue();
        foreach (var scheduler in schedulers)
            await scheduler.Shutdown(true, Cancellation);
        (await RunsAsync()).ShouldBe(1);
        (await scene.ScalarAsync<string>("SELECT trigger || ' ' || state FROM thanosql.training_run WHERE model_name = 'nightly_model'"))
            .ShouldBe("schedule promoted");
        (
            await scene.ScalarAsync<DateTime>(
                "SELECT to_timestamp((next_fire_time - 621355968000000000) / 1e7) FROM thanosql.qrtz_triggers WHERE trigger_name = 'nightly'"))
            .ShouldBeGreaterThan(DateTime.UtcNow);
    }

    [Fact]
    public async Task A_schedule_rests_after_a_rollback_until_resume()
    {
        await scene.PaintFruitAsync("resting");
        for (var build = 0; build < 2; build++)
            await scene.PromoteAsync("resting_model", TrainingScene.Build("resting_model", "SELECT * FROM resting"));
        await scene.RegisterPipelineAsync("resting", "resting", "resting_model", d => d with { Schedule = "0 0 3 * * ?", AfterNewRows = 1 });
        await scene.RequestAsync(r => r.RollBackAsync("resting_model", null, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        await scene.PaintAsync("resting", ("사과", 3, 220, 30, 30));
        await using var trainer = scene.CreateServices(TimeProvider.System);
        var scheduler = await trainer.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation);
        await ApplyAsync(scheduler, Pipeline("resting", "0 0 3 * * ?"));
        var fired = new Fired();
        scheduler.ListenerManager.AddJobListener(fired);
        await scheduler.Start(Cancellation);

        await FireAsync();
        await scene.Services.GetRequiredService<NewRows>().RequestAsync([await PipelineAsync("resting")], Cancellation);
        (await scene.RunNextAsync()).ShouldBeFalse();
        await scene.Services.GetRequiredService<TrainingRequests>().ResumeAsync("resting_model", Cancellation);
        await FireAsync();
        (await scene.RunNextAsync()).ShouldBeTrue();
        await scheduler.Shutdown(true, Cancellation);

        async Task FireAsync()
        {
            await scheduler.TriggerJob(new JobKey("resting", PipelineSchedules.Group), Cancellation);
            await fired.WaitAsync("resting");
        }
    }

    [Fact]
    public async Task Enough_new_labelled_rows_ask_for_training_once()
    {
        await scene.PaintFruitAsync("busy");
        await scene.RegisterPipelineAsync("busy", "busy", "busy_model", d => d with { AfterNewRows = 20 });
        var pipeline = (await scene.Services.GetRequiredService<PipelineCatalog>().ListAsync(Cancellation))
            .Single(p => p.Definition.Name == "busy").Definition;
        var newRows = scene.Services.GetRequiredService<NewRows>();
        (await LeftAsync(pipeline)).ShouldBe(0);

        await newRows.RequestAsync([pipeline], Cancellation);
        (await scene.RunNextAsync()).ShouldBeTrue();
        (await LeftAsync(pipeline)).ShouldBe(20);
        await newRows.RequestAsync([pipeline], Cancellation);
        (await scene.RunNextAsync()).ShouldBeFalse();
        await scene.PaintAsync("busy", ("사과", 10, 220, 30, 30), ("배", 10, 30, 30, 220));
        await newRows.RequestAsync([pipeline], Cancellation);
        (await scene.RunNextAsync()).ShouldBeTrue();

        (
            await scene.ScalarAsync<string>(
                "SELECT string_agg(trigger || ' ' || state, ',' ORDER BY run_id) FROM thanosql.training_run WHERE model_name = 'busy_model'"))
            .ShouldBe("rows promoted,rows promoted");
    }

    [Fact]
    public async Task Labels_that_people_give_count_as_new_rows()
    {
        await scene.PaintFruitAsync("told");
        await scene.RegisterPipelineAsync(
            "told", "told", "told_model", d => d with
            {
                AfterNewRows = 10,
                Promote = new PromotionRule { AllowLabelChanges = true, MinPerLabel = 0 },
                Model = d.Model with { Train = "SELECT './' || image_path AS image_path, label FROM told WHERE label <> '귤'" },
            });
        var newRows = scene.Services.GetRequiredService<NewRows>();
        await newRows.RequestAsync([await PipelineAsync("told")], Cancellation);
        (await scene.RunNextAsync()).ShouldBeTrue();
        await scene.PaintAsync("told", ("귤", 10, 240, 160, 20));
        await newRows.RequestAsync([await PipelineAsync("told")], Cancellation);
        (await scene.RunNextAsync()).ShouldBeFalse();

        await scene.ExecuteAsync("""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
            SELECT pipeline_id, 'workspace', image_path, t.label, 'a person' FROM thanosql.pipeline, told t WHERE name = 'told'
                AND (t.label = '귤' OR image_path = (SELECT min(image_path) FROM told WHERE label = '배'))
            """);
        (await LeftAsync(await PipelineAsync("told"))).ShouldBe(0);
        (await LeftAsync((await PipelineAsync("told")) with { AfterNewRows = 13 })).ShouldBe(3);
        (await LeftAsync((await PipelineAsync("told")) with { AfterNewRows = null })).ShouldBeNull();
        await newRows.RequestAsync([await PipelineAsync("told")], Cancellation);

        (await scene.RunNextAsync()).ShouldBeTrue();
        (await scene.ScalarAsync<string>("SELECT metrics ->> 'rows' FROM thanosql.model_versions WHERE model = 'told_model' AND state = 'current'"))
            .ShouldBe("34");
    }

    /// <summary>Counted anew, as it is after a while.</summary>
    private async Task<long?> LeftAsync(PipelineDefinition pipeline)
    {
        await using var fresh = scene.CreateServices(TimeProvider.System);
        return await fresh.GetRequiredService<TrainingOutlook>().LeftAsync(pipeline, Cancellation);
    }

    private async Task<PipelineDefinition> PipelineAsync(string name) =>
        (await scene.Services.GetRequiredService<PipelineCatalog>().ListAsync(Cancellation)).Single(p => p.Definition.Name == name).Definition;

    private Task<long> RunsAsync() => scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.training_run WHERE model_name = 'nightly_model'");

    private static PipelineDefinition Pipeline(string name, string? cron) =>
        new() { Name = name, Table = "t", Model = new PipelineModel { Name = $"{name}_model" }, Schedule = cron };

    private static Task<IReadOnlyList<string>> ApplyAsync(IScheduler scheduler, params PipelineDefinition[] pipelines) =>
        ApplyAsync(scheduler, TimeProvider.System, pipelines);

    private static Task<IReadOnlyList<string>> ApplyAsync(IScheduler scheduler, TimeProvider time, params PipelineDefinition[] pipelines) =>
        PipelineSchedules.ApplyAsync(scheduler, pipelines, TimeZoneInfo.Utc, time, Cancellation);

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await condition())
            await Task.Delay(100, deadline.Token);
    }

    /// <summary>A clock that is right but for some days.</summary>
    private sealed class Fired : IJobListener
    {
        private readonly Channel<string> _executed = Channel.CreateUnbounded<string>();

        public string Name => "test";

        public ValueTask JobWasExecuted(
            IJobExecutionContext context, JobExecutionException? jobException, CancellationToken cancellationToken = default)
        {
            _executed.Writer.TryWrite(context.JobDetail.Key.Name);
            return ValueTask.CompletedTask;
        }

        public ValueTask JobToBeExecuted(IJobExecutionContext context, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask JobExecutionVetoed(IJobExecutionContext context, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        /// <summary>Until a pipeline's job has run once more.</summary>
        public async Task WaitAsync(string pipeline)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            while (await _executed.Reader.ReadAsync(deadline.Token) != pipeline)
            {
            }
        }
    }

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
