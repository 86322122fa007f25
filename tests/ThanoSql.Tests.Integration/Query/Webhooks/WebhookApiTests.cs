using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Webhooks;

/// <summary>Administrators say who is told of what.</summary>
public sealed class WebhookApiTests(WebhookHost host) : IClassFixture<WebhookHost>
{
    [Theory]
    [InlineData("""{"url": "ftp://shop.example", "events": ["image.indexed"]}""", "https://shop.example/hooks")]
    [InlineData("""{"url": "shop.example", "events": ["image.indexed"]}""", "https://shop.example/hooks")]
    [InlineData("""{"url": null, "events": ["image.indexed"]}""", "https://shop.example/hooks")]
    [InlineData("""{"url": "https://ann:secret@shop.example", "events": ["image.indexed"]}""", "user name")]
    [InlineData("""{"url": "https://shop.example", "events": []}""", "needs an event: image.indexed")]
    [InlineData("""{"url": "https://shop.example", "events": null}""", "needs an event: image.indexed")]
    [InlineData("""{"url": "https://shop.example", "events": ["image.seen"]}""", "no event 'image.seen': use image.indexed")]
    [InlineData("""{"url": "https://shop.example", "events": [null]}""", "There is no event ''")]
    [InlineData("""{"url": "https://shop.example", "events": ["run.failed"], "table": "nowhere"}""", "No pipeline fills a table 'nowhere'")]
    [InlineData("""{"url": "https://shop.example", "events": ["run.failed"], "tabel": "x"}""", "other fields than url, events and table")]
    [InlineData("""{"events": ["run.failed"]}""", "url")]
    [InlineData("[]", "The body names no receiver")]
    public async Task A_receiver_that_cannot_be_is_refused_with_what_to_write(string body, string says)
    {
        using var client = host.Client(TokenScope.Admin);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var reply = await client.PostAsync(new Uri("/api/v1/webhooks", UriKind.Relative), content, TestContext.Current.CancellationToken);

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("message").GetString()
            .ShouldNotBeNull().ShouldContain(says);
    }

    [Fact]
    public async Task A_receiver_is_added_shown_without_its_secret_tested_and_removed_and_the_audit_says_who_did()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = host.Client(TokenScope.Admin);
        var webhook = await host.AddAsync(receiver, "image.indexed", "image.gone", "image.gone");
        receiver.Secret.ShouldStartWith("whsec_");

        var list = await client.GetStringAsync(new Uri("/api/v1/webhooks", UriKind.Relative), TestContext.Current.CancellationToken);
        var shown = JsonSerializer.Deserialize<JsonElement>(list).EnumerateArray().Single(w => w.GetProperty("id").GetInt32() == webhook);
        shown.GetProperty("url").GetString().ShouldBe(receiver.Address);
        shown.GetProperty("events").GetArrayLength().ShouldBe(2);
        list.ShouldNotContain("secret");

        (await host.PostAsync($"/api/v1/webhooks/{webhook}/test", new { })).Body.GetProperty("status").GetInt32().ShouldBe(200);
        receiver.Events.Single().GetProperty("type").GetString().ShouldBe("webhook.test");
        receiver.Answer = (_, _, _) => Task.FromResult(503);
        (await host.PostAsync($"/api/v1/webhooks/{webhook}/test", new { })).Body.GetProperty("error").GetString().ShouldBe(
            "The receiver answered 503.");

        (await DeleteAsync(client, webhook)).ShouldBe(HttpStatusCode.NoContent);
        (await DeleteAsync(client, webhook)).ShouldBe(HttpStatusCode.NotFound);
        (await host.PostAsync($"/api/v1/webhooks/{webhook}/test", new { })).Status.ShouldBe(HttpStatusCode.NotFound);
        (await host.OwnerAsync<string>($"""
            SELECT string_agg(who || ' ' || action || ' ' || change, '; ' ORDER BY audit_id) FROM thanosql.audit
            WHERE kind = 'webhook' AND subject = '{receiver.Address}'
            """)).ShouldBe("token admin add image.indexed, image.gone; token admin remove image.indexed, image.gone");
    }

    [Theory]
    [InlineData("GET", "/api/v1/webhooks/dead?webhook=x", 400)]
    [InlineData("GET", "/api/v1/webhooks/dead?limit=all", 400)]
    [InlineData("DELETE", "/api/v1/webhooks/x", 400)]
    [InlineData("DELETE", "/api/v1/webhooks/99999999999", 400)]
    [InlineData("POST", "/api/v1/webhooks/replay", 400, """{"webook": 1}""")]
    [InlineData("POST", "/api/v1/webhooks/replay", 400, """{"event": "all"}""")]
    [InlineData("PUT", "/api/v1/webhooks", 405)]
    public async Task Bad_input_is_refused(string method, string address, int status, string? body = null)
    {
        using var client = host.Client(TokenScope.Admin);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address, UriKind.Relative));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var reply = await client.SendAsync(request, TestContext.Current.CancellationToken);

        ((int)reply.StatusCode).ShouldBe(status);
    }

    private static async Task<HttpStatusCode> DeleteAsync(HttpClient client, int webhook)
    {
        using var reply = await client.DeleteAsync(new Uri($"/api/v1/webhooks/{webhook}", UriKind.Relative), TestContext.Current.CancellationToken);
        return reply.StatusCode;
    }
}
