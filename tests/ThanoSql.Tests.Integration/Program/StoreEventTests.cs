using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>Stores that push their notifications by HTTP can send the token as they are able to.</summary>
public sealed class StoreEventTests(RunningService service) : IClassFixture<RunningService>
{
    private const string Event = """
        {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventTime": "2026-01-01T00:00:00.000Z", "eventName": "ObjectCreated:Put",
          "s3": {"bucket": {"name": "workspace"}, "object": {"key": "elsewhere/1.png", "size": 10, "eTag": "x", "sequencer": "01"}}}]}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notifications_are_taken_with_the_token_in_the_header_or_in_the_address_and_by_nobody_without_one()
    {
        var write = await TokenAsync(TokenScope.Write);

        (await PostAsync("", Event)).ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync("?api_token=wrong", Event)).ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync($"?api_token={await TokenAsync(TokenScope.Search)}", Event)).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync($"?api_token={write}", Event)).ShouldBe(HttpStatusCode.Accepted);
        (await PostAsync("", Event, write)).ShouldBe(HttpStatusCode.Accepted);
        (await PostAsync($"?api_token={write}", "no json")).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Elsewhere_a_token_in_the_address_is_worth_nothing()
    {
        using var http = new HttpClient { BaseAddress = service.Client.Http.BaseAddress };
        using var reply = await http.GetAsync(
            new Uri($"/api/v1/failures?api_token={await TokenAsync(TokenScope.Admin)}", UriKind.Relative), Cancellation);

        reply.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private Task<string> TokenAsync(TokenScope scope) =>
        service.Services.GetRequiredService<TokenCatalog>().CreateAsync($"{Guid.NewGuid():N}", scope, null, Cancellation);

    private async Task<HttpStatusCode> PostAsync(string query, string body, string? bearer = null)
    {
        using var http = new HttpClient { BaseAddress = service.Client.Http.BaseAddress };
        if (bearer is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var reply = await http.PostAsync(new Uri($"/api/v1/events{query}", UriKind.Relative), content, Cancellation);
        return reply.StatusCode;
    }
}
