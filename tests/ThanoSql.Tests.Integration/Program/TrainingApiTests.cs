using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>Training asked for over HTTP.</summary>
public sealed class TrainingApiTests(RunningService service) : IClassFixture<RunningService>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipelines_model_is_trained_by_its_name_or_the_models()
    {
        foreach (var name in new[] { "products", "diet_image_classification" })
        {
            var (status, body) = await TrainAsync(name, TokenScope.Write);
            status.ShouldBe(HttpStatusCode.Accepted, body.ToString());
            var run = await EndOfAsync(body.GetProperty("run_id").GetInt64());
            (run.Trigger, run.Model, run.State).ShouldBe((RunTrigger.Hand, "diet_image_classification", RunState.Failed));
            run.Outcome.ShouldNotBeNull().ShouldContain("\"diet\"");
        }
    }

    [Fact]
    public async Task A_run_is_shown_whole_and_a_dry_run_says_so_in_its_statement()
    {
        var (status, body) = await TrainAsync("products", TokenScope.Write, "?dry_run=true");
        status.ShouldBe(HttpStatusCode.Accepted, body.ToString());
        var run = await EndOfAsync(body.GetProperty("run_id").GetInt64());
        run.Statement.ShouldContain("dry_run=True");

        var (found, shown) = await GetAsync($"runs/{run.RunId}", TokenScope.Query);

        found.ShouldBe(HttpStatusCode.OK, shown.ToString());
        (shown.GetProperty("state").GetString(), shown.GetProperty("model").GetString()).ShouldBe(("failed", "diet_image_classification"));
        shown.GetProperty("outcome").GetString().ShouldBe(run.Outcome);
        shown.GetProperty("changes").ValueKind.ShouldBe(JsonValueKind.Null);
        await using (var counted = service.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand($$"""
            UPDATE thanosql.training_run SET changes = '{"pictures": 3, "changed": 1, "samples": [{"path": "a.jpg", "from": "배", "to": null}]}'
            WHERE run_id = {{run.RunId}}
            """))
        {
            await counted.ExecuteNonQueryAsync(Cancellation);
        }
        var changes = (await GetAsync($"runs/{run.RunId}", TokenScope.Query)).Body.GetProperty("changes");
        (changes.GetProperty("pictures").GetInt64(), changes.GetProperty("changed").GetInt64()).ShouldBe((3, 1));
        changes.GetProperty("samples")[0].ToString().ShouldContain("\"from\":\"배\",\"to\":null");
        (await GetAsync("runs/987654321", TokenScope.Query)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_may_not_and_what_cannot_be_trained_is_told()
    {
        (await TrainAsync("products", TokenScope.Query)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await TrainAsync("products", null)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        var (status, body) = await TrainAsync("prodcts", TokenScope.Write);
        status.ShouldBe(HttpStatusCode.NotFound);
        body.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("Pipelines: products");
    }

    [Theory]
    [InlineData("""{"from": "없는 것", "to": "다른 것"}""", TokenScope.Write, HttpStatusCode.BadRequest, "unknown_keyword")]
    [InlineData("""{"from": "없는 것", "to": "다른 것", "model": "nobody"}""", TokenScope.Write, HttpStatusCode.NotFound, "unknown_model")]
    [InlineData("""{"from": "사과"}""", TokenScope.Write, HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("{", TokenScope.Write, HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("", TokenScope.Write, HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("""{"from": "사과", "to": "능금"}""", TokenScope.Query, HttpStatusCode.Forbidden, "permission_denied")]
    public async Task A_label_that_cannot_be_renamed_is_told_at_once(string sent, TokenScope scope, HttpStatusCode status, string code)
    {
        using var content = new StringContent(sent);
        var (answered, body) = await PostAsync("/api/v1/labels/rename", content, scope);

        (answered, body.GetProperty("code").GetString()).ShouldBe((status, code));
    }

    private async Task<TrainingRun> EndOfAsync(long id)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var run = (await service.Services.GetRequiredService<TrainingQueue>().FindAsync(id, Cancellation))!;
            if (run.IsOver)
                return run;
            await Task.Delay(50, deadline.Token);
        }
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> TrainAsync(string name, TokenScope? scope, string query = "") =>
        PostAsync($"/api/v1/models/{name}/train{query}", null, scope);

    private Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path, TokenScope? scope) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/{path}", UriKind.Relative)), scope);

    private Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, HttpContent? content, TokenScope? scope) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content }, scope);

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpRequestMessage request, TokenScope? scope)
    {
        using var http = new HttpClient { BaseAddress = service.Client.Http.BaseAddress };
        if (scope is { } s)
        {
            var token = await service.Services.GetRequiredService<TokenCatalog>().CreateAsync($"{Guid.NewGuid():N}", s, null, Cancellation);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        using var sent = request;
        using var reply = await http.SendAsync(sent, Cancellation);
        return (reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>(Cancellation));
    }
}
