using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Architecture;

/// <summary>What the program carries is named with its licence, and nothing else is.</summary>
public sealed partial class ThirdPartyNoticesTests
{
    private static readonly string Notices = File.ReadAllText(Repository.File("THIRD-PARTY-NOTICES.md"));

    [Fact]
    public void Every_NuGet_package_of_the_program_is_named() => Shipped().Except(Named("NuGet packages")).ShouldBeEmpty();

    [Fact]
    public void Every_NuGet_package_that_is_named_is_used() =>
        Named("NuGet packages").Except(Shipped()).Except(Central()).ShouldBeEmpty();

    [Fact]
    public void The_npm_packages_of_the_program_are_named()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Repository.File("infra/native/package.json")));
        var fetched = file.RootElement.GetProperty("dependencies").EnumerateObject().Select(package => package.Name);

        Named("npm packages").Order().ShouldBe(fetched.Order());
    }

    /// <summary>From the file beside the program that says where the host finds its assemblies: direct and indirect packages.</summary>
    private static List<string> Shipped()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "thanosql.deps.json")));
        return
        [
            .. file.RootElement.GetProperty("libraries").EnumerateObject()
                .Where(library => library.Value.GetProperty("type").GetString() == "package").Select(library => library.Name.Split('/')[0]),
        ];
    }

    /// <summary>Packages of which a build takes one or the other, such as ONNX Runtime with and without CUDA, are all in the central list.</summary>
    private static IEnumerable<string> Central() =>
        XDocument.Load(Repository.File("Directory.Packages.props")).Descendants("PackageVersion").Select(
            package => package.Attribute("Include")!.Value);

    /// <summary>The first column of a section's table; every row has a licence.</summary>
    private static List<string> Named(string section)
    {
        var text = Notices[Notices.IndexOf($"## {section}\n", StringComparison.Ordinal)..];
        var end = text.IndexOf("\n## ", StringComparison.Ordinal);
        var rows = Row().Matches(text[..end]).Where(row => row.Groups["name"].Value is not ("package" or "---")).ToList();

        rows.ShouldNotBeEmpty();
        rows.ShouldAllBe(row => row.Groups["licence"].Value.Trim().Length > 2);
        return [.. rows.Select(row => row.Groups["name"].Value)];
    }

    [GeneratedRegex(@"^\| *(?<name>[^|]+?) *\|(?<licence>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
