using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>The SDK's <c>client.table.template</c>.</summary>
public sealed class SdkTableTemplatesTests(QueryHost host) : IClassFixture<QueryHost>
{
    private readonly string _address = $"/api/v1/table_template/t{Guid.NewGuid().ToString("N")[..20]}";

    private string Name => _address[(_address.LastIndexOf('/') + 1)..];

    [Fact]
    public async Task A_form_is_kept_in_versions_and_makes_a_table()
    {
        using var sdk = Sdk();
        var form = new
        {
            columns = new[] { new { name = "n", type = "integer" } },
            constraints = new { primary_key = new { columns = new[] { "n" } } },
        };

        var kept = (await sdk.SendAsync("post", _address, new { table_template = form })).Body.GetProperty("table_template");
        kept.GetProperty("name").GetString().ShouldBe(Name);
        kept.GetProperty("version").GetString().ShouldBe("1.0");
        kept.GetProperty("compatibility").GetString().ShouldBe("ignore");
        kept.GetProperty("created_at").GetDateTime().ShouldBeGreaterThan(DateTime.UtcNow.AddHours(-1));
        (await sdk.SendAsync("post", _address, new { table_template = form })).Error.Code.ShouldBe(409);
        _ = (await sdk.SendAsync("post", _address, new { table_template = new { columns = (object?)null }, version = "2.0" })).Body;

        var all = (await sdk.SendAsync("get", _address)).Body;
        all.GetProperty("versions").EnumerateArray().Select(v => v.GetString()).ShouldBe(["2.0", "1.0"]);
        all.GetProperty("table_templates").GetArrayLength().ShouldBe(2);
        var latest = (await sdk.SendAsync("get", $"{_address}?version=latest")).Body.GetProperty("table_templates");
        latest.EnumerateArray().Single().GetProperty("version").GetString().ShouldBe("2.0");
        (await sdk.SendAsync("get", $"{_address}?version=3.0")).Error.Code.ShouldBe(404);
        var listed = (await sdk.SendAsync("get", $"/api/v1/table_template/?search={Name.ToUpperInvariant()}&order_by=name_asc&latest=True")).Body;
        listed.GetProperty("table_templates").EnumerateArray().Single().GetProperty("version").GetString().ShouldBe("2.0");

        var first = (await sdk.SendAsync("get", $"{_address}?version=1.0")).Body.GetProperty("table_templates")[0].GetProperty("table_template");
        (await sdk.SendAsync("post", $"/api/v1/table/{Name}", new { table = first })).Body.GetProperty("table")
            .GetProperty("constraints").GetProperty("primary_key").GetProperty("columns")[0].GetString().ShouldBe("n");

        (await sdk.SendAsync("delete", $"{_address}?version=2.0")).Body.GetProperty("table_template_name").GetString().ShouldBe(Name);
        (await sdk.SendAsync("get", _address)).Body.GetProperty("versions").GetArrayLength().ShouldBe(1);
        _ = (await sdk.SendAsync("delete", _address)).Body;
        (await sdk.SendAsync("get", _address)).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("delete", _address)).Error.Code.ShouldBe(404);
    }

    [Fact]
    public async Task A_form_that_is_none_is_refused()
    {
        using var sdk = Sdk();

        (await sdk.SendAsync("post", $"/api/v1/table_template/{new string('a', 35)}", new { })).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", "/api/v1/table_template/%21%23%25", new { })).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", _address, new { version = "2.0.0" })).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", _address, new { table_template = new { columns = new[] { new { name = "n" } } } })).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", _address, new { compatibility = "backward" })).Error.Code.ShouldBe(422);
        (await sdk.SendAsync("get", "/api/v1/table_template/?order_by=random")).Error.Code.ShouldBe(400);
    }

    [Fact]
    public async Task A_token_sees_its_own()
    {
        using var mine = Sdk();
        using var other = new SdkCalls(host, await host.NewTokenAsync(TokenScope.Write));
        _ = (await mine.SendAsync("post", _address, new { })).Body;

        (await other.SendAsync("get", _address)).Error.Code.ShouldBe(404);
        (await other.SendAsync("delete", _address)).Error.Code.ShouldBe(404);
        (await other.SendAsync("get", "/api/v1/table_template/")).Body.GetProperty("table_templates").GetArrayLength().ShouldBe(0);
        _ = (await mine.SendAsync("delete", _address)).Body;
    }

    private SdkCalls Sdk() => new(host, host.Secret(TokenScope.Write));
}
