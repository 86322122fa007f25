using ThanoSql.Catalog.Live;
using ThanoSql.Catalog.Runs;
using ThanoSql.Query.Live;

namespace ThanoSql.Tests.Integration.Query.Live;

/// <summary>However many pages are open, one look a second tells them how things stand.</summary>
public sealed class LiveFeedTests(FeedWorld world) : IClassFixture<FeedWorld>, IAsyncLifetime
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await world.SqlAsync("""
        TRUNCATE thanosql.image, thanosql.worker, thanosql.worker_activity, thanosql.training_run, thanosql.pipeline, thanosql.unreadable_event,
            thanosql.sweep, thanosql.sweep_request CASCADE
        """);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Pages_share_looks_and_nobody_looks_while_no_page_is_open()
    {
        await QuietAsync();
        var before = world.Looks;
        var first = new Page(world.Feed);
        await first.UntilAsync(_ => true);
        var second = new Page(world.Feed);
        await second.UntilAsync(figures => second.Heard.Count >= 3);

        second.Heard.Skip(1).ShouldBeSubsetOf(first.Heard); // the very same objects
        (world.Looks - before).ShouldBeLessThanOrEqualTo(first.Heard.Count + 1);
        first.Dispose();
        second.Dispose();
        await QuietAsync();
        var looks = world.Looks;
        await Task.Delay(TimeSpan.FromSeconds(3), Cancellation);
        world.Looks.ShouldBe(looks);

        (await world.Feed.NowAsync(Cancellation)).IsStale.ShouldBeFalse();
        world.Looks.ShouldBe(looks + 1);
    }

    [Fact]
    public async Task Pictures_failures_and_labels_are_counted_as_they_come()
    {
        using var page = new Page(world.Feed);
        (await page.UntilAsync(f => f.Indexed == 0)).OldestWait.ShouldBeNull();

        await world.SqlAsync("""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition, reason)
                VALUES ('shop', 'workspace', 'shop/', 'shop', 'foods', '{"columns": {"keyword": "tag"}}', 'model ''foods'' is not there yet');
            INSERT INTO thanosql.image (bucket, key, state, next_attempt_at, failure_kind, last_failed_at) VALUES
                ('workspace', 'shop/1', 'indexed', now(), NULL, NULL), ('workspace', 'other/1', 'indexed', now(), NULL, NULL),
                ('workspace', 'shop/2', 'pending', now() - interval '1 minute', NULL, NULL),
                ('workspace', 'shop/3', 'pending', now() + interval '1 hour', 'transient', now()),
                ('workspace', 'shop/4', 'failed', now(), 'poison', now()), ('workspace', 'shop/5', 'gone', now(), 'poison', now());
            INSERT INTO thanosql.unreadable_event (source, body, reason) VALUES ('test', '?', 'no JSON');
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, state, labelled_by)
                SELECT pipeline_id, 'workspace', l.key, 'a', l.state, 'p'
                FROM thanosql.pipeline, (VALUES ('shop/1', 'to confirm'), ('shop/2', 'confirmed'), ('shop/5', 'to confirm')) l (key, state);
            INSERT INTO thanosql.sweep (bucket, started_at, finished_at) VALUES ('workspace', now() - interval '2 minutes', now());
            """);

        var seen = await page.UntilAsync(f => f.Indexed == 2);
        seen.Pending.ShouldBe(2);
        seen.OldestWait.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(1));
        seen.Look.Failures.ShouldBe(new FailureCounts(Transient: 1, Poison: 1, Table: 0, Event: 1));
        seen.Look.FailedAt.ShouldNotBeNull();
        seen.Look.ToConfirm.ShouldBe(1);
        var pipeline = seen.Look.Pipelines.ShouldHaveSingleItem();
        (pipeline.Name, pipeline.Table, pipeline.Column, pipeline.Model, pipeline.Version, pipeline.IsActive)
            .ShouldBe(("shop", "shop", "tag", "foods", null, false));
        pipeline.Reason.ShouldBe("model 'foods' is not there yet");
        pipeline.SweptAt.ShouldNotBeNull();
        seen.Counts!.OfPipeline.ShouldBe(new Dictionary<int, long> { [pipeline.PipelineId] = 1 });
    }

    [Fact]
    public async Task Workers_are_seen_while_they_live_and_what_they_did_makes_the_rate_and_the_lag()
    {
        await world.SqlAsync("""
            INSERT INTO thanosql.worker (worker_id, host, version, provider, seen_at) VALUES
                (gen_random_uuid(), 'one', '1.0', 'cpu', now() + interval '1 hour'),
                (gen_random_uuid(), 'two', '1.0', 'cuda', now() + interval '1 hour'),
                (gen_random_uuid(), 'past', '1.0', 'cpu', now() - interval '1 minute');
            INSERT INTO thanosql.worker_activity (at, worker_id, indexed, failed, lag_ms)
                SELECT date_bin('5 s', now(), 'epoch') - s * interval '5 s', gen_random_uuid(), 25 * w, 1, 25 * w * 200
                FROM generate_series(-12, 30) s, generate_series(1, 2) w;
            """);
        using var page = new Page(world.Feed);

        var seen = await page.UntilAsync(f => f.Look.Workers.Count > 0);

        seen.Look.Workers.Select(w => $"{w.Host} {w.Provider}").ShouldBe(["one cpu", "two cuda"], ignoreOrder: true);
        seen.Rate.ShouldBe(15, 0.001); // 25 and 50 in five seconds
        seen.Rates.Count.ShouldBe(LiveFigures.Spans);
        seen.Rates.TakeLast(20).ShouldAllBe(rate => Math.Abs(rate - 15) < 0.001);
        seen.Rates.Take(80).ShouldAllBe(rate => rate == 0);
        seen.Lag.ShouldBe(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task Training_runs_are_shown_until_they_end()
    {
        await world.SqlAsync("""
            INSERT INTO thanosql.training_run (model_name, trigger, statement, state, stage, done, total, queued_at) VALUES
                ('foods', 'hand', '', 'running', 'embedding', 30, 120, now()), ('bags', 'schedule', '', 'queued', '', 0, 0, now() + interval '1 s'),
                ('hats', 'hand', '', 'failed', '', 0, 0, now())
            """);
        using var page = new Page(world.Feed);

        var runs = (await page.UntilAsync(f => f.Look.Runs.Count == 2)).Look.Runs;
        runs.Select(r => (r.Model, r.State, r.Stage, r.Fraction))
            .ShouldBe([("foods", RunState.Running, "embedding", 0.25), ("bags", RunState.Queued, "", null)]);

        await world.SqlAsync("UPDATE thanosql.training_run SET state = 'promoted' WHERE model_name = 'foods'");
        await page.UntilAsync(f => f.Look.Runs is [{ Model: "bags" }]);
    }

    [Fact]
    public async Task A_database_that_is_out_leaves_stale_figures_and_the_feed_goes_on_when_it_is_back()
    {
        await world.SqlAsync("INSERT INTO thanosql.image (bucket, key, state) VALUES ('workspace', 'a', 'indexed')");
        using var page = new Page(world.Feed);
        await page.UntilAsync(f => f is { Indexed: 1, IsStale: false });
        try
        {
            await world.OpenAsync(false);
            (await page.UntilAsync(f => f.IsStale)).Indexed.ShouldBe(1);
        }
        finally
        {
            await world.OpenAsync(true);
        }
        (await page.UntilAsync(f => !f.IsStale)).Indexed.ShouldBe(1);
    }

    [Fact]
    public async Task A_page_that_fails_keeps_no_other_from_hearing()
    {
        using var broken = world.Feed.Subscribe(_ => throw new InvalidOperationException("A page that was torn down."));
        using var page = new Page(world.Feed);
        await page.UntilAsync(_ => page.Heard.Count >= 2);
    }

    // A look that is under way ends
    private async Task QuietAsync()
    {
        while (world.Feed.Current is not null)
            await Task.Delay(20, Cancellation);
    }
}
