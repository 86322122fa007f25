using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Labels;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Labels;

/// <summary>What people are to look at next, in three orders, and taking back what they said.</summary>
public sealed class LabelDeskTests(LabelHost host) : IClassFixture<LabelHost>, IAsyncLifetime
{
    private const int Pictures = 9;

    private LabelDesk Desk => host.Services.GetRequiredService<LabelDesk>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The model calls every picture 과일, and is surer of each than of the one before: 0.1 of the first, 0.9 of the ninth.</summary>
    public async ValueTask InitializeAsync()
    {
        await host.ResetAsync(Pictures);
        var version = await host.OwnerAsync<long>("SELECT current_version_id FROM thanosql.model WHERE name = 'groups'");
        await host.OwnerAsync("DELETE FROM thanosql.training_run; UPDATE thanosql.model_version SET promoted_at = now() - interval '1 day'");
        if (!await host.OwnerAsync<bool>($"SELECT to_regclass('thanosql.keyword_{version}') IS NOT NULL"))
            await EmptyPartition.CreateAsync(host.Owner, version, Cancellation);
        await host.OwnerAsync($"""
            DELETE FROM thanosql.keyword;
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT {version}, i.content_id, r.rank, r.keyword, CASE r.rank WHEN 1 THEN number / 10.0 ELSE (10 - number) / 20.0 END
            FROM thanosql.image i, (VALUES (1, '과일'), (2, '채소')) r (rank, keyword),
                LATERAL (SELECT substring(i.key from '[0-9]+')::integer AS number) n
            WHERE i.key LIKE 'shop/%';
            UPDATE thanosql.image SET state = 'indexed';
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_the_model_is_least_sure_of_comes_first_page_by_page_and_leaves_when_it_is_labelled()
    {
        // The same picture under another name
        await host.OwnerAsync("""
            INSERT INTO thanosql.image (bucket, key, state, content_id)
            SELECT 'workspace', 'shop/copy of 2.png', 'indexed', content_id FROM thanosql.image WHERE key = 'shop/2.png'
            """);

        (await PathsAsync(WorkOrder.Unsure, pageSize: 2)).ShouldBe([
            "shop/1.png", "shop/2.png", "shop/copy of 2.png", .. Enumerable.Range(3, Pictures - 2).Select(n => $"shop/{n}.png")]);

        var first = (await ListAsync(WorkOrder.Unsure))[0];
        (first.Item.Best, first.Item.Score, first.Item.Second, first.Item.SecondScore).ShouldBe(("과일", 0.1f, "채소", 0.45f));
        (first.Item.Label, first.Row.ShouldNotBeNull().Path).ShouldBe((null, "shop/1.png"));

        await SayAsync("채소", "shop/1.png", "shop/3.png");
        (await PathsAsync(WorkOrder.Unsure, pageSize: 3)).Take(3).ShouldBe(["shop/2.png", "shop/copy of 2.png", "shop/4.png"]);
    }

    [Fact]
    public async Task Pictures_of_others_and_those_that_are_gone_or_not_read_yet_are_not_asked_about()
    {
        await host.OwnerAsync("""
            UPDATE thanosql.image SET key = 'elsewhere/1.png' WHERE key = 'shop/1.png';
            UPDATE thanosql.image SET state = 'gone' WHERE key = 'shop/2.png';
            UPDATE thanosql.image SET state = 'pending' WHERE key = 'shop/3.png';
            """);

        (await PathsAsync(WorkOrder.Unsure, pageSize: 100))[0].ShouldBe("shop/4.png");
        (await ListAsync(WorkOrder.Unsure, "bare")).ShouldBeEmpty();
    }

    [Fact]
    public async Task People_and_model_disagree_until_somebody_says_it_again_to_the_version_in_service()
    {
        await SayAsync("채소", "shop/1.png", "shop/2.png");
        await SayAsync("과일", "shop/3.png");
        (await PathsAsync(WorkOrder.Disagreed)).ShouldBeEmpty(); // they corrected this version

        await host.OwnerAsync("""
            UPDATE thanosql.label SET labelled_at = labelled_at - CASE key WHEN 'shop/1.png' THEN interval '1 hour' ELSE interval '0' END;
            UPDATE thanosql.model_version SET promoted_at = now() + interval '1 second';
            """);
        (await PathsAsync(WorkOrder.Disagreed)).ShouldBe(["shop/2.png", "shop/1.png"]);
        (await Desk.DisagreedAsync(await PipelineAsync("shop"), Cancellation)).ShouldBe(2);
        var task = (await ListAsync(WorkOrder.Disagreed))[0];
        (task.Item.Best, task.Item.Label, task.Item.State).ShouldBe(("과일", "채소", "confirmed"));

        await host.OwnerAsync("UPDATE thanosql.model_version SET promoted_at = clock_timestamp()");
        await SayAsync("채소", "shop/2.png");
        (await PathsAsync(WorkOrder.Disagreed)).ShouldBe(["shop/1.png"]);
    }

    [Fact]
    public async Task What_waits_for_a_word_is_overwritten_or_disputed_and_waits_again_when_the_word_is_taken_back()
    {
        await SayAsync("생선", "shop/1.png", "shop/2.png");
        await host.SayAsync(host.Secret(TokenScope.Admin), "shop/2.png", "과일");
        await host.SayAsync(await host.NewTokenAsync(TokenScope.Write), "shop/2.png", "채소");
        await host.OwnerAsync("""
            UPDATE thanosql.label SET state = 'to confirm', labelled_at = now() - interval '1 hour' WHERE key = 'shop/1.png';
            UPDATE public.shop SET keyword = NULL, keyword_source = NULL, keyword_score = NULL WHERE image_path = 'shop/1.png';
            """);
        var waiting = await ListAsync(WorkOrder.Waiting);
        waiting.Select(t => (t.Path, t.Item.Label, t.Item.State)).ShouldBe(
            [("shop/2.png", "채소", "disputed"), ("shop/1.png", "생선", "to confirm")]);
        (await PathsAsync(WorkOrder.Waiting, pageSize: 1)).ShouldBe(["shop/2.png", "shop/1.png"]);
        (await FiguresAsync()).Waiting.ShouldBe(2);

        var step = await SayAsync("생선", "shop/1.png");
        (await PathsAsync(WorkOrder.Waiting)).ShouldBe(["shop/2.png"]);
        (await InRowAsync()).ShouldBe("생선 person");

        (await Desk.UndoAsync(step, await host.TokenAsync(TokenScope.Write), Cancellation)).ShouldAllBe(failure => failure == null);
        (await PathsAsync(WorkOrder.Waiting)).ShouldBe(["shop/1.png", "shop/2.png"], ignoreOrder: true);
        (await InRowAsync()).ShouldBe("과일 model");

        Task<string> InRowAsync() =>
            host.OwnerAsync<string>("SELECT keyword || ' ' || keyword_source FROM public.shop WHERE image_path = 'shop/1.png'");
    }

    [Fact]
    public async Task Steps_are_taken_back_one_after_another()
    {
        var first = await SayAsync("채소", "shop/1.png", "shop/2.png");
        var second = await SayAsync("생선", "shop/2.png", "shop/3.png");
        var token = await host.TokenAsync(TokenScope.Write);

        await Desk.UndoAsync(second, token, Cancellation);
        (await LabelsAsync()).ShouldBe("shop/1.png 채소,shop/2.png 채소");
        await Desk.UndoAsync(first, token, Cancellation);
        (await LabelsAsync()).ShouldBe("");
    }

    [Fact]
    public async Task One_that_is_refused_keeps_no_other_from_being_labelled_and_is_not_taken_back()
    {
        var step = await SayAsync("채소", "shop/1.png", "elsewhere/1.png");

        step.Failures.Select(f => f?.Message).ShouldBe([null, "No pipeline shows a picture 'elsewhere/1.png'."]);
        step.Before.ShouldBe([new SaidLabel("workspace", "shop/1.png", null)]);
        (await LabelsAsync()).ShouldBe("shop/1.png 채소");
    }

    [Fact]
    public async Task Figures_tell_what_was_given_today_by_oneself_and_by_all_and_how_training_stands()
    {
        await SayAsync("채소", "shop/1.png", "shop/2.png");
        await host.SayAsync(host.Secret(TokenScope.Admin), "shop/3.png", "생선");
        await SayAsync("채소", "shop/4.png");
        await host.OwnerAsync("UPDATE thanosql.label SET labelled_at = now() - interval '2 days' WHERE key = 'shop/4.png'");

        var figures = await FiguresAsync();
        (figures.OwnToday, figures.AllToday, figures.IsTraining, figures.NextTraining, figures.Version).ShouldBe((2, 3, false, null, 1));

        await host.OwnerAsync("INSERT INTO thanosql.training_run (model_name, trigger, statement) VALUES ('groups', 'hand', '')");
        (await FiguresAsync()).IsTraining.ShouldBeTrue();
    }

    [Fact]
    public async Task A_pipeline_without_a_version_has_nothing_to_ask_about_but_what_waits()
    {
        await SayAsync("채소", "shop/1.png");
        await host.OwnerAsync(
            "UPDATE thanosql.label SET state = 'to confirm'; UPDATE thanosql.model SET current_version_id = NULL WHERE name = 'groups'");

        (await PathsAsync(WorkOrder.Unsure)).ShouldBeEmpty();
        (await PathsAsync(WorkOrder.Disagreed)).ShouldBeEmpty();
        var waiting = (await ListAsync(WorkOrder.Waiting)).ShouldHaveSingleItem();
        (waiting.Item.Label, waiting.Item.Best).ShouldBe(("채소", null));
    }

    private async Task<PipelineRow> PipelineAsync(string name) => (await Desk.PipelinesAsync(Cancellation)).Single(p => p.Definition.Name == name);

    private async Task<IReadOnlyList<LabelTask>> ListAsync(WorkOrder order, string pipeline = "shop", WorkItem? after = null, int most = 100) =>
        await Desk.ListAsync(await PipelineAsync(pipeline), order, after, most, await host.TokenAsync(TokenScope.Write), Cancellation);

    /// <summary>Of all pages.</summary>
    private async Task<List<string>> PathsAsync(WorkOrder order, int pageSize = 100)
    {
        var paths = new List<string>();
        IReadOnlyList<LabelTask> page = [];
        do
        {
            page = await ListAsync(order, after: page.Count == 0 ? null : page[^1].Item, most: pageSize);
            paths.AddRange(page.Select(t => t.Path));
        }
        while (page.Count == pageSize);
        return paths;
    }

    private async Task<LabelStep> SayAsync(string? label, params string[] keys) => await Desk.SetAsync(
        await PipelineAsync("shop"), [.. keys.Select(k => new SaidLabel("workspace", k, label))], await host.TokenAsync(TokenScope.Write),
        Cancellation);

    private async Task<LabelFigures> FiguresAsync() =>
        await Desk.FiguresAsync(await PipelineAsync("shop"), await host.TokenAsync(TokenScope.Write), TimeZoneInfo.Utc, Cancellation);

    private async Task<string> LabelsAsync() =>
        await host.OwnerAsync<string>("SELECT coalesce(string_agg(key || ' ' || label, ',' ORDER BY key), '') FROM thanosql.label");
}
