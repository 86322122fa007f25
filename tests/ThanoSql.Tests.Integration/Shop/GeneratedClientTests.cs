using System.Reflection;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Shop;

/// <summary>Clients that common generators make of the service's own document upload, search, correct and delete.</summary>
public sealed class GeneratedClientTests(RunningShop shop) : IClassFixture<RunningShop>
{
    private static readonly NodePackages Clients = new("tests/clients");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_in_CSharp()
    {
        var document = await OpenApiDocument.FromJsonAsync(
            await shop.Http.GetStringAsync(new Uri("/openapi/v1-3.0.json", UriKind.Relative), Cancellation), Cancellation);
        var generated = new CSharpClientGenerator(document, new CSharpClientGeneratorSettings
        {
            ClassName = "ApiClient",
            UseBaseUrl = false,
            GenerateOptionalParameters = true,
            CSharpGeneratorSettings = { Namespace = "Generated", JsonLibrary = CSharpJsonLibrary.SystemTextJson },
        }).GenerateFile();
        var assembly = Compile(generated, await File.ReadAllTextAsync(Path.Combine(Clients.Folder, "Shop.cs"), Cancellation));

        var run = assembly.GetType("Generated.Shop")!.GetMethod("RunAsync", BindingFlags.Public | BindingFlags.Static)!;
        var did = await (Task<string>)run.Invoke(null, [shop.Http, RunningShop.Picture(isRed: true, 30)])!;

        did.ShouldBe("products/csharp.png red products/csharp.png not_found");
    }

    [Fact]
    public async Task One_in_TypeScript()
    {
        var built = Path.Combine(Clients.Folder, "built");
        Directory.CreateDirectory(built);
        var document = Path.Combine(built, "shop.json");
        var text = await shop.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancellation);
        await File.WriteAllTextAsync(document, text, Cancellation);

        await Clients.RunAsync("openapi-typescript", [document, "--output", Path.Combine(built, "api.d.ts")], Cancellation);
        await Clients.RunAsync("tsc", ["--project", "."], Cancellation);
        var picture = Convert.ToBase64String(RunningShop.Picture(isRed: true, 31));
        var did = JsonDocument.Parse(await Clients.RunAsync("node", ["built/shop.js", shop.Address, shop.Token, picture], Cancellation)).RootElement;

        did.GetProperty("stored").GetString().ShouldBe("products/typescript.png");
        did.GetProperty("label").GetString().ShouldBe("red");
        did.GetProperty("found").EnumerateArray().Select(path => path.GetString()).ShouldContain("products/typescript.png");
        did.GetProperty("refused").GetString().ShouldBe("not_found");
    }

    private static Assembly Compile(params string[] sources)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        using var code = new MemoryStream();
        var library = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary);
        var compiled = CSharpCompilation.Create("Generated", sources.Select(s => CSharpSyntaxTree.ParseText(s)), references, library).Emit(code);
        compiled.Success.ShouldBeTrue(string.Join('\n', compiled.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(code.ToArray());
    }
}
