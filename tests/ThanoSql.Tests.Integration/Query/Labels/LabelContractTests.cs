using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Labels;

/// <summary>What cannot be done with labels is said, with what can.</summary>
public sealed class LabelContractTests(LabelHost host) : IClassFixture<LabelHost>
{
    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"labels": null}""")]
    [InlineData("""{"labels": {}}""")]
    [InlineData("""{"labels": [{"path": "shop/1.png"}]}""")]
    [InlineData("""{"labels": [{"path": 1, "label": "x"}]}""")]
    [InlineData("""{"labels": [1]}""")]
    [InlineData("""{"label": "x"}""")]
    public async Task A_body_without_labels_is_refused_with_what_to_send(string json)
    {
        using var client = host.Client(TokenScope.Write);
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var reply = await client.PutAsync(new Uri("/api/v1/labels", UriKind.Relative), content, TestContext.Current.CancellationToken);

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("The body names no labels.");
    }

    [Fact]
    public async Task More_than_ten_thousand_are_too_many_and_none_is_no_error()
    {
        var label = new { path = "shop/1.png", label = "x" };

        var (status, body) = await PutAsync(new { labels = Enumerable.Repeat(label, 10_001) });

        (status, body.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.RequestEntityTooLarge, "too_large"));
        (await PutAsync(new { labels = Array.Empty<object>() })).Body.GetProperty("set").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("state=new", "There are: confirmed, to confirm, disputed.")]
    [InlineData("format=xml", "There are: json, csv.")]
    [InlineData("format=csv&state=disputed", "takes no 'state'")]
    [InlineData("limit=x", "limit")]
    public async Task A_list_that_there_is_not_is_refused(string parameters, string says)
    {
        using var client = host.Client(TokenScope.Query);
        using var reply = await client.GetAsync(new Uri($"/api/v1/labels?{parameters}", UriKind.Relative), TestContext.Current.CancellationToken);

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("message").GetString()
            .ShouldNotBeNull().ShouldContain(says);
    }

    [Theory]
    [InlineData("shop/nowhere.png", HttpStatusCode.NotFound)]
    [InlineData("shop//1.png", HttpStatusCode.BadRequest)]
    [InlineData("shop/x%00.png", HttpStatusCode.BadRequest)]
    public async Task A_picture_of_which_nobody_said_anything_has_no_history(string path, HttpStatusCode status)
    {
        using var client = host.Client(TokenScope.Query);
        using var reply = await client.GetAsync(new Uri($"/api/v1/labels/{path}", UriKind.Relative), TestContext.Current.CancellationToken);

        reply.StatusCode.ShouldBe(status);
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PutAsync(object body)
    {
        using var client = host.Client(TokenScope.Write);
        using var reply = await client.PutAsJsonAsync(new Uri("/api/v1/labels", UriKind.Relative), body, TestContext.Current.CancellationToken);
        return (reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }
}
