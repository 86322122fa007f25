using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Labels;

/// <summary>Many labels at once, in and out.</summary>
public sealed class LabelBatchTests(LabelHost host) : IClassFixture<LabelHost>, IAsyncLifetime
{
    private const int Pictures = 150;

    public async ValueTask InitializeAsync() => await host.ResetAsync(Pictures);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Each_of_many_has_its_outcome_in_order_and_one_that_is_refused_keeps_no_other()
    {
        await using (var check = host.Superuser.CreateCommand("ALTER TABLE public.bare ADD CHECK (keyword <> '금지')"))
            await check.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await host.OwnerAsync("INSERT INTO thanosql.image (bucket, key, state) VALUES ('workspace', 'elsewhere/1.png', 'indexed')");
        var labels = Enumerable.Range(1, Pictures).Select(n => Label($"shop/{n}.png", n % 2 == 0 ? "fruit" : "생선")).ToList();
        labels[0] = Label("bare/1.png", "생선");
        labels[1] = Label("bare/2.png", "금지");
        labels[2] = Label("shop/3.png", new string('x', 30));
        labels[3] = Label("shop/nowhere.png", "생선");
        labels[4] = Label("../shop/5.png", "생선");
        labels[5] = Label("elsewhere/1.png", "생선");
        labels[6] = Label("shop/7.png", " ");
        labels[7] = Label(null, "생선");
        labels[8] = null;

        var (status, body) = await PutAsync(new { labels });

        status.ShouldBe(HttpStatusCode.OK);
        (body.GetProperty("set").GetInt32(), body.GetProperty("refused").GetInt32()).ShouldBe((Pictures - 8, 8));
        var outcomes = body.GetProperty("labels").EnumerateArray().ToList();
        outcomes.Count.ShouldBe(Pictures);
        outcomes.Take(10).Select(Outcome).ShouldBe(
            ["생선", "catalog", "22001", "not_found", "bad_request", "not_found", "bad_request", "bad_request", "bad_request", "과일"]);
        outcomes[3].GetProperty("error").GetProperty("message").GetString().ShouldBe("No pipeline shows a picture 'shop/nowhere.png'.");
        outcomes[9].GetProperty("path").GetString().ShouldBe("shop/10.png");
        (await host.OwnerAsync<long>("SELECT count(*) FROM public.shop WHERE keyword_source = 'person' AND keyword = truth")).ShouldBe(
            Pictures - 9);
        (await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.label_word WHERE in_force")).ShouldBe(Pictures - 8);
    }

    [Fact]
    public async Task Of_a_picture_that_is_named_twice_the_last_word_counts_and_null_takes_it_back()
    {
        var (_, body) = await PutAsync(new { labels = new[] { Label("shop/1.png", "배"), Label("shop/2.png", "감"), Label("shop/1.png", "귤") } });
        body.GetProperty("set").GetInt32().ShouldBe(3);
        (await InForceAsync()).ShouldBe("shop/1.png 귤, shop/2.png 감");

        await PutAsync(new { labels = new[] { Label("shop/1.png", null) } });
        (await InForceAsync()).ShouldBe("shop/2.png 감");
    }

    [Fact]
    public async Task The_export_has_all_that_it_takes_to_train_elsewhere()
    {
        await PutAsync(new { labels = new[] { Label("shop/1.png", "배, \"나주\""), Label("shop/2.png", "감"), Label("shop/3.png", "귤") } });
        await host.OwnerAsync("""
            INSERT INTO thanosql.held_out (model_id, content_id, held_out)
            SELECT m.model_id, i.content_id, i.key = 'shop/2.png' FROM thanosql.model m, thanosql.image i
            WHERE m.name = 'groups' AND i.key IN ('shop/1.png', 'shop/2.png')
            """);
        using var client = host.Client(TokenScope.Query);

        using var reply = await client.GetAsync(new Uri("/api/v1/labels?format=csv", UriKind.Relative), TestContext.Current.CancellationToken);

        reply.Content.Headers.ContentType?.MediaType.ShouldBe("text/csv");
        var lines = (await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\r\n");
        lines[0].ShouldBe("path,label,who,when,split,state,pipeline,model,sha256");
        lines[1].ShouldMatch("^shop/1.png,\"배, \"\"나주\"\"\",write,20..-..-..T..:..:..\\.......Z,train,confirmed,shop,groups,[0-9a-f]{64}$");
        lines[2].ShouldMatch("^shop/2.png,감,write,[^,]*,held_out,");
        lines[3].ShouldMatch("^shop/3.png,귤,write,[^,]*,,");
        lines[4..].ShouldBe([""]);
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PutAsync(object body)
    {
        using var client = host.Client(TokenScope.Write);
        using var reply = await client.PutAsJsonAsync(new Uri("/api/v1/labels", UriKind.Relative), body, TestContext.Current.CancellationToken);
        return (reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    private static object? Label(string? path, string? label) => new { path, label };

    private static string Outcome(JsonElement outcome) => outcome.GetProperty("error").ValueKind == JsonValueKind.Null
        ? outcome.GetProperty("label").GetString()!
        : outcome.GetProperty("error").GetProperty("code").GetString()!;

    private Task<string> InForceAsync() =>
        host.OwnerAsync<string>("SELECT coalesce(string_agg(path || ' ' || label, ', ' ORDER BY path), '') FROM thanosql.labels");
}
