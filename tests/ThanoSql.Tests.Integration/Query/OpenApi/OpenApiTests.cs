using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.OpenApi;

/// <summary>The document that clients are made of, and the page over it.</summary>
public sealed class OpenApiTests(RunningService service) : IClassFixture<RunningService>
{
    private static readonly string[] Refusals = ["401", "403", "429", "503"];
    private static readonly NodePackages Clients = new("tests/clients");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1", "3.1.")]
    [InlineData("v1-3.0", "3.0.")]
    public async Task The_document_is_there_in_both_versions(string name, string version)
    {
        var document = await DocumentAsync(name);

        document.GetProperty("openapi").GetString()!.ShouldStartWith(version);
        document.GetProperty("info").GetProperty("title").GetString().ShouldBe("ThanoSql.Indexer");
        document.GetProperty("info").GetProperty("version").GetString()!.ShouldMatch(@"^\d+\.\d+\.\d+$");
    }

    [Fact]
    public async Task Every_operation_says_who_may_call_it_and_what_it_answers()
    {
        var document = await DocumentAsync("v1");

        foreach (var (name, path, operation) in Operations(document))
        {
            operation.GetProperty("operationId").GetString().ShouldNotBeNullOrEmpty(name);
            operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty(name);
            var answers = operation.GetProperty("responses").EnumerateObject().ToList();
            answers.ShouldContain(answer => answer.Name.StartsWith('2'), name);
            foreach (var answer in answers)
            {
                foreach (var schema in JsonSchemas(answer.Value))
                    schema.EnumerateObject().ShouldNotBeEmpty($"{name} {answer.Name}");
            }
            if (path.StartsWith("/api/", StringComparison.Ordinal))
            {
                operation.GetProperty("security")[0].TryGetProperty("token", out _).ShouldBeTrue(name);
                answers.Select(answer => answer.Name).ShouldBe(Refusals.Union(answers.Select(answer => answer.Name)), ignoreOrder: true, name);
            }
        }
    }

    [Fact]
    public async Task Every_endpoint_is_described()
    {
        var described = Operations(await DocumentAsync("v1")).Select(o => o.Path.TrimEnd('/')).Distinct().ToList();

        described.ShouldBe(Routes().Distinct(), ignoreOrder: true);

        IEnumerable<string> Routes() =>
            from endpoint in service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            where endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true }
                && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is not null
                && endpoint.RoutePattern.RawText != "{**path:file}" // the page's files, in a build that was not published
            select $"/{endpoint.RoutePattern.RawText!.Trim('/').Replace("**", "", StringComparison.Ordinal)}";
    }

    [Fact]
    public async Task Problems_have_a_code()
    {
        var problem = (await DocumentAsync("v1")).GetProperty("components").GetProperty("schemas").GetProperty("ProblemDetails");

        foreach (var field in new[] { "code", "hint", "position", "status", "detail" })
            problem.GetProperty("properties").TryGetProperty(field, out _).ShouldBeTrue(field);
    }

    [Fact]
    public async Task Spectral_finds_nothing()
    {
        var built = Directory.CreateDirectory(Path.Combine(Clients.Folder, "built")).FullName;
        foreach (var name in new[] { "v1", "v1-3.0" })
        {
            var file = Path.Combine(built, $"{name}.json");
            await File.WriteAllTextAsync(file, (await DocumentAsync(name)).GetRawText(), Cancellation);

            await Clients.RunAsync("spectral", ["lint", "--fail-severity", "hint", "--ruleset", ".spectral.yaml", file], Cancellation);
        }
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        using var response = await service.Client.Http.GetAsync(new Uri("/docs", UriKind.Relative), Cancellation);
        var page = await response.Content.ReadAsStringAsync(Cancellation);

        response.EnsureSuccessStatusCode();
        response.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        page.ShouldContain("v1.json");
        page.ShouldNotContain("https://");
    }

    private async Task<JsonElement> DocumentAsync(string name)
    {
        var text = await service.Client.Http.GetStringAsync(new Uri($"/openapi/{name}.json", UriKind.Relative), Cancellation);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static IEnumerable<JsonElement> JsonSchemas(JsonElement answer) => answer.TryGetProperty("content", out var contents)
        ? contents.EnumerateObject().Where(c => c.Name.EndsWith("json", StringComparison.Ordinal)).Select(c => c.Value.GetProperty("schema"))
        : [];

    private static IEnumerable<(string Name, string Path, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select ($"{operation.Name} {path.Name}", path.Name, operation.Value);
}
