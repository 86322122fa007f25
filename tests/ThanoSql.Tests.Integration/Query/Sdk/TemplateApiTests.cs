using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>Templates of statements, as the SDK makes and uses them.</summary>
public sealed class TemplateApiTests(QueryHost host) : IClassFixture<QueryHost>
{
    private static readonly string[] Fields = ["id", "name", "query", "parameters", "created_at", "updated_at"];

    [Fact]
    public async Task A_template_is_made_changed_listed_and_deleted()
    {
        using var client = await NewAsync();

        var made = await CreateAsync(client, new { name = "plain", query = "SELECT {{ a }}, {{ b }}" });
        await CreateAsync(client, new { name = "other", query = "LIST MODEL" });
        var changed = Template(await client.SendAsync(HttpMethod.Put, "query/template/plain", new { name = "renamed", query = "SELECT {{ c }}" }));

        made.EnumerateObject().Select(field => field.Name).ShouldBe(Fields, ignoreOrder: true);
        made.GetProperty("parameters").GetRawText().ShouldBe("""["a","b"]""");
        changed.GetProperty("id").GetInt32().ShouldBe(made.GetProperty("id").GetInt32());
        changed.GetProperty("parameters").GetRawText().ShouldBe("""["c"]""");
        (await CodeAsync(client, HttpMethod.Get, "query/template/plain")).ShouldBe(404);
        (await NamesAsync(client, "")).ShouldBe(["other", "renamed"]);
        (await NamesAsync(client, "?order_by=name_desc&limit=1")).ShouldBe(["renamed"]);
        (await NamesAsync(client, "?search=NAME")).ShouldBe(["renamed"]);
        (await client.SendAsync(HttpMethod.Delete, "query/template/renamed")).TryGetProperty("message", out _).ShouldBeTrue();
        (await CodeAsync(client, HttpMethod.Delete, "query/template/renamed")).ShouldBe(404);
    }

    [Fact]
    public async Task A_dry_run_names_and_checks_a_template_and_keeps_nothing()
    {
        using var client = await NewAsync();

        var dry = Template(await client.SendAsync(HttpMethod.Post, "query/template?dry_run=True", new { }));
        var kept = await CreateAsync(client, new { });
        var next = await CreateAsync(client, new { });

        dry.GetRawText().ShouldBe("""{"name":"query_template_1","query":"","parameters":[]}""");
        kept.GetProperty("name").GetString().ShouldBe("query_template_1");
        next.GetProperty("name").GetString().ShouldBe("query_template_2");
    }

    [Fact]
    public async Task Its_values_are_bound_whatever_they_hold()
    {
        using var client = await NewAsync();
        var id = (await CreateAsync(client, new { name = "bound", query = "SELECT {{ t }} AS t, {{ n }} + 1 AS n WHERE 3 IN ({{ list }})" }))
            .GetProperty("id").GetInt32();
        const string evil = "'; DROP TABLE x; -- \\' \n {{ n }}";
        var parameters = new { t = evil, n = 41, list = new[] { 1, 2, 3 } };

        foreach (var body in new object[] { new { template_name = "bound", parameters }, new { template_id = id, parameters } })
        {
            var log = await client.SendAsync(HttpMethod.Post, "query/?max_results=1", body);
            log.GetProperty("error_result").GetString().ShouldBeNull();
            var row = log.GetProperty("records").GetProperty("data")[0];
            (row.GetProperty("t").GetString(), row.GetProperty("n").GetInt32()).ShouldBe((evil, 42));
        }
        var direct = await client.SendAsync(
            HttpMethod.Post, "query/", new { query_string = "SELECT {{ a }} AS a", parameters = new { a = "it's" } });
        direct.GetProperty("query").GetString().ShouldBe("SELECT 'it''s' AS a");
    }

    [Fact]
    public async Task A_name_of_a_table_cannot_be_bound_and_the_answer_says_so()
    {
        using var client = await NewAsync();

        var log = await client.SendAsync(
            HttpMethod.Post, "query/", new { query_string = "SELECT * FROM {{ table_name }}", parameters = new { table_name = "products" } });

        log.GetProperty("error_result").GetString()!.ShouldContain("stand in the template itself");
    }

    [Fact]
    public async Task What_is_wrong_with_a_template_is_told()
    {
        using var client = await NewAsync();
        await CreateAsync(client, new { name = "first", query = "SELECT 1" });
        await CreateAsync(client, new { name = "second", query = "SELECT {{ a }}" });

        (await CodeAsync(client, HttpMethod.Post, "query/template", new { name = "first" })).ShouldBe(409);
        (await CodeAsync(client, HttpMethod.Put, "query/template/first", new { name = "second" })).ShouldBe(409);
        (await CodeAsync(client, HttpMethod.Post, "query/template", new { name = new string('x', 33) })).ShouldBe(400);
        (await CodeAsync(client, HttpMethod.Post, "query/template", new { query = "DELETE MODEL {% model_name %}" })).ShouldBe(400);
        (await CodeAsync(client, HttpMethod.Put, "query/template/first", new { query = "SELECT '{{ a }}'" })).ShouldBe(400);
        (await CodeAsync(client, HttpMethod.Put, "query/template/first", new { })).ShouldBe(400);
        (await CodeAsync(client, HttpMethod.Get, "query/template?order_by=size")).ShouldBe(400);
        (await CodeAsync(client, HttpMethod.Post, "query/", new { template_name = "nothing" })).ShouldBe(404);
        (await CodeAsync(client, HttpMethod.Post, "query/", new { template_id = 99_999 })).ShouldBe(404);
        (await CodeAsync(client, HttpMethod.Post, "query/", new { template_name = "second", parameters = new { b = 1 } })).ShouldBe(400);
    }

    [Fact]
    public async Task Another_tokens_template_is_neither_seen_nor_run()
    {
        using var client = await NewAsync();
        using var other = new ClientSdk(host.Address, await host.NewTokenAsync(TokenScope.Admin));
        var id = (await CreateAsync(client, new { name = "mine", query = "SELECT 1" })).GetProperty("id").GetInt32();

        (await NamesAsync(other, "")).ShouldBeEmpty();
        (await CodeAsync(other, HttpMethod.Get, "query/template/mine")).ShouldBe(404);
        (await CodeAsync(other, HttpMethod.Put, "query/template/mine", new { query = "DROP TABLE products" })).ShouldBe(404);
        (await CodeAsync(other, HttpMethod.Post, "query/", new { template_id = id })).ShouldBe(404);
    }

    private async Task<ClientSdk> NewAsync() => new(host.Address, await host.NewTokenAsync(TokenScope.Query));

    private static JsonElement Template(JsonElement answer) => answer.GetProperty("query_template");

    private static async Task<JsonElement> CreateAsync(ClientSdk client, object body) =>
        Template(await client.SendAsync(HttpMethod.Post, "query/template", body));

    private static async Task<int> CodeAsync(ClientSdk client, HttpMethod method, string address, object? body = null) =>
        (await Should.ThrowAsync<ClientSdk.Failure>(() => client.SendAsync(method, address, body))).Code;

    private static async Task<IReadOnlyList<string>> NamesAsync(ClientSdk client, string parameters) =>
        [.. (await client.SendAsync(HttpMethod.Get, $"query/template{parameters}")).GetProperty("query_templates").EnumerateArray()
            .Select(template => template.GetProperty("name").GetString()!)];
}
