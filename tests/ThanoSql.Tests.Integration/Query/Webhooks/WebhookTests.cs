using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Webhooks;

/// <summary>A receiver is told what happened, at least once and of each picture in order, whatever becomes of it or of those who tell.</summary>
public sealed class WebhookTests(WebhookHost host) : IClassFixture<WebhookHost>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await host.OwnerAsync("DELETE FROM thanosql.webhook; DELETE FROM thanosql.webhook_event");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_event_comes_signed_with_what_it_tells_of()
    {
        await using var receiver = await Receiver.StartAsync();
        await host.AddAsync(receiver, "label.changed", "run.failed");
        await host.OwnerAsync("""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, definition, model_name)
                VALUES ('told', 'workspace', 'told/', 'told', '{}', 'told') ON CONFLICT DO NOTHING;
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
                SELECT pipeline_id, 'workspace', 'told/사과 1.png', '사과', 'ann' FROM thanosql.pipeline WHERE name = 'told';
            """);

        await WebhookHost.EventuallyAsync(() => receiver.Events.Count == 1, "one event");

        var told = receiver.Events.Single();
        told.GetProperty("id").GetString().ShouldNotBeNull().ShouldStartWith("evt_");
        told.GetProperty("type").GetString().ShouldBe("label.changed");
        told.GetProperty("timestamp").GetDateTime().Kind.ShouldBe(DateTimeKind.Utc);
        told.GetProperty("data").GetRawText().ShouldBe(
            """{"by": "ann", "path": "told/사과 1.png", "label": "사과", "tables": ["told"], "pipeline": "told"}""");
        await host.OwnerAsync("DELETE FROM thanosql.pipeline WHERE name = 'told'");
    }

    [Fact]
    public async Task Models_that_are_promoted_refused_or_fail_are_told_of_and_other_events_are_not()
    {
        await using var receiver = await Receiver.StartAsync();
        await host.AddAsync(receiver, "model.promoted", "model.refused", "run.failed");
        await host.ServeModelAsync("promoted");
        await host.OwnerAsync("""
            INSERT INTO thanosql.training_run (model_name, trigger, statement) VALUES ('promoted', 'hand', ''), ('x', 'hand', ''), ('y', 'hand', '');
            UPDATE thanosql.training_run SET state = 'running';
            UPDATE thanosql.training_run SET state = 'refused', outcome = 'worse' WHERE model_name = 'promoted';
            UPDATE thanosql.training_run SET state = 'failed', outcome = 'broke', error_code = 'internal' WHERE model_name = 'x';
            UPDATE thanosql.training_run SET state = 'skipped' WHERE model_name = 'y';
            """);
        await host.HappenAsync("image.indexed", "x.png");

        await WebhookHost.EventuallyAsync(() => receiver.Events.Count == 3, "three events");

        receiver.Events.Select(e => $"{Text(e, "type")} {Text(e, "data", "model")} {Text(e, "data", "reason")}").Order().ShouldBe(
            ["model.promoted promoted ", "model.refused promoted worse", "run.failed x broke"]);
        await host.OwnerAsync("DELETE FROM thanosql.training_run; DELETE FROM thanosql.model WHERE name = 'promoted'");
    }

    [Fact]
    public async Task What_is_rolled_back_is_not_told_and_without_a_webhook_nothing_is_written()
    {
        const string label = """
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, definition, model_name)
                VALUES ('undone', 'workspace', 'undone/', 'undone', '{}', 'undone') ON CONFLICT DO NOTHING;
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
                SELECT pipeline_id, 'workspace', 'undone/1.png', '사과', 'ann' FROM thanosql.pipeline WHERE name = 'undone';
            """;
        await host.OwnerAsync($"{label} DELETE FROM thanosql.pipeline WHERE name = 'undone'");
        (await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.webhook_event")).ShouldBe(0);
        await using var receiver = await Receiver.StartAsync();
        await host.AddAsync(receiver, "label.changed", "image.gone");

        await Should.ThrowAsync<PostgresException>(() => host.OwnerAsync($"BEGIN; {label} SELECT 1/0; COMMIT"));
        await host.HappenAsync("image.gone", "later.png");
        await WebhookHost.EventuallyAsync(() => receiver.Events.Count > 0, "an event");

        receiver.Events.Select(e => Text(e, "type")).ShouldBe(["image.gone"]);
    }

    [Fact]
    public async Task Of_each_picture_everything_comes_in_order_through_errors_hangs_and_a_receiver_that_is_down()
    {
        int port, webhook;
        await using (var first = await Receiver.StartAsync())
        {
            port = new Uri(first.Address).Port;
            webhook = await host.AddAsync(first, "image.indexed", "image.gone");
        }
        await host.HappenAsync("image.indexed", "a.png", "b.png", "a.png");
        await WebhookHost.EventuallyAsync(async () => await host.OfAsync(webhook, "last_error") != "", "a failure");
        await using var receiver = await Receiver.StartAsync(port);
        receiver.Secret = await SecretAsync();
        receiver.Answer = async (call, _, context) =>
        {
            if (call == 2)
                await Receiver.HangAsync(context);
            return call is 1 or 2 or 4 ? 500 : 200;
        };
        await host.HappenAsync("image.gone", "b.png", "a.png", "c.png");

        await WebhookHost.EventuallyAsync(() => receiver.Events.Select(e => Text(e, "id")).Distinct().Count() == 6, "six events");

        var told = receiver.Events.DistinctBy(e => Text(e, "id")).ToLookup(e => Text(e, "data", "path"), e => Text(e, "type"));
        told["a.png"].ShouldBe(["image.indexed", "image.indexed", "image.gone"]);
        told["b.png"].ShouldBe(["image.indexed", "image.gone"]);
        told["c.png"].ShouldBe(["image.gone"]);
        await WebhookHost.EventuallyAsync(async () => await host.OfAsync(webhook, "last_error") == "", "no failure");
    }

    [Fact]
    public async Task A_receiver_that_hangs_or_is_down_slows_no_other()
    {
        await using var slow = await Receiver.StartAsync();
        await using var quick = await Receiver.StartAsync();
        var over = new TaskCompletionSource();
        slow.Answer = async (_, _, context) =>
        {
            await Receiver.HangAsync(context, over.Task);
            return 200;
        };
        await host.AddAsync(slow, "image.indexed");
        await host.AddAsync(quick, "image.indexed");
        await host.HappenAsync("image.indexed", "1.png");
        await WebhookHost.EventuallyAsync(() => slow.Calls > 0, "the slow one's call");
        for (var i = 2; i <= 5; i++)
        {
            await host.HappenAsync("image.indexed", $"{i}.png");
            await WebhookHost.EventuallyAsync(() => quick.Events.Count == i, $"{i} events");
        }

        slow.Taken.ShouldBeEmpty();
        over.SetResult();
        await WebhookHost.EventuallyAsync(() => slow.Events.Select(e => Text(e, "id")).Distinct().Count() == 5, "the slow one's events");
    }

    [Fact]
    public async Task Many_events_come_a_hundred_a_call()
    {
        await using var receiver = await Receiver.StartAsync();
        await host.AddAsync(receiver, "image.indexed");
        var keys = Enumerable.Range(0, 1250).Select(i => $"{i}.png").ToArray();

        await host.HappenAsync("image.indexed", keys);

        await WebhookHost.EventuallyAsync(() => receiver.Events.Count >= keys.Length, "all events");
        receiver.Events.Select(e => Text(e, "data", "path")).ShouldBe(keys);
        receiver.Taken.Max(c => c.Events.Count).ShouldBe(100);
        // The last answer may still be on its way
        await WebhookHost.EventuallyAsync(
            async () => await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.webhook_delivery") == 0, "no event left to deliver");
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_an_answer_without_end_is_not_read()
    {
        await using var other = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (call, _, context) =>
        {
            if (call == 1)
            {
                context.Response.Headers.Location = other.Address;
                return 307;
            }
            context.Response.StatusCode = 200;
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(new byte[4096], context.RequestAborted);
            return 200;
        };
        var webhook = await host.AddAsync(receiver, "image.indexed");
        await host.HappenAsync("image.indexed", "1.png");

        await WebhookHost.EventuallyAsync(async () => await host.OfAsync(webhook, "delivered") == "1", "the second call counts");

        other.Calls.ShouldBe(0);
        receiver.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task An_event_that_a_receiver_cannot_take_keeps_no_other_dies_is_listed_and_replayed()
    {
        await using var receiver = await Receiver.StartAsync();
        var mended = false;
        receiver.Answer = (_, call, _) =>
            Task.FromResult(!mended && Encoding.UTF8.GetString(call.Body).Contains("bad.png", StringComparison.Ordinal) ? 500 : 200);
        var webhook = await host.AddAsync(receiver, "image.indexed");
        await host.HappenAsync("image.indexed", [.. Enumerable.Range(0, 20).Select(i => i == 7 ? "bad.png" : $"{i}.png")]);
        await WebhookHost.EventuallyAsync(() => receiver.Events.Count == 19, "all others");

        await host.OwnerAsync("UPDATE thanosql.webhook_delivery SET try_until = now() - interval '1 s'"); // a day later
        await WebhookHost.EventuallyAsync(
            async () => (await GetAsync($"/api/v1/webhooks/dead?webhook={webhook}")).GetArrayLength() == 1, "one dead event");

        var dead = (await GetAsync($"/api/v1/webhooks/dead?webhook={webhook}"))[0];
        (Text(dead, "type"), Text(dead, "subject"), Text(dead, "last_error")).ShouldBe(
            ("image.indexed", "s3://workspace/bad.png", "The receiver answered 500."));
        mended = true;
        (await host.PostAsync("/api/v1/webhooks/replay", new { webhook })).Body.GetProperty("count").GetInt32().ShouldBe(1);
        await WebhookHost.EventuallyAsync(() => receiver.Events.Any(e => Text(e, "data", "path") == "bad.png"), "the dead one");
        (await GetAsync("/api/v1/webhooks/dead")).GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task When_a_process_dies_during_a_call_another_makes_it_again()
    {
        await using var second = await host.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        var death = new TaskCompletionSource();
        receiver.Answer = async (call, _, context) =>
        {
            if (call == 1)
                await Receiver.HangAsync(context, death.Task);
            return 200;
        };
        var webhook = await host.AddAsync(receiver, "image.indexed");
        await host.HappenAsync("image.indexed", "1.png", "1.png");
        await WebhookHost.EventuallyAsync(() => receiver.Calls == 1, "the first call");
        var first = await host.OfAsync(webhook, "lease_owner");

        await host.OwnerAsync("UPDATE thanosql.webhook SET lease_until = now() - interval '1 s'"); // of a process that is no more
        await WebhookHost.EventuallyAsync(() => receiver.Taken.Count == 1, "the call of another");

        receiver.Events.Select(e => Text(e, "data", "path")).ShouldBe(["1.png", "1.png"]);
        first.ShouldNotBe("");
        death.SetResult();
    }

    [Fact]
    public async Task Of_two_processes_one_calls_as_long_as_it_has_the_lease()
    {
        await using var second = await host.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await host.AddAsync(receiver, "image.indexed");

        for (var i = 0; i < 20; i++)
            await host.HappenAsync("image.indexed", "same.png", $"{i}.png");

        await WebhookHost.EventuallyAsync(() => receiver.Events.Count >= 40, "all events");
        receiver.Events.Select(e => Text(e, "id")).ShouldBeUnique();
        var ids = receiver.Events.Where(e => Text(e, "data", "path") == "same.png")
            .Select(e => long.Parse(Text(e, "id")["evt_".Length..], CultureInfo.InvariantCulture)).ToList();
        ids.ShouldBe(ids.Order());
    }

    private async Task<string> SecretAsync() =>
        "whsec_" + await host.OwnerAsync<string>("SELECT replace(encode(secret, 'base64'), E'\\n', '') FROM thanosql.webhook");

    private async Task<JsonElement> GetAsync(string address)
    {
        using var client = host.Client(TokenScope.Admin);
        return JsonSerializer.Deserialize<JsonElement>(
            await client.GetStringAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken));
    }

    private static string Text(JsonElement json, params string[] path)
    {
        foreach (var name in path)
        {
            if (!json.TryGetProperty(name, out json))
                return "";
        }
        return json.ToString();
    }
}
