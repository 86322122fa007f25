using System.Text.RegularExpressions;
using System.Xml.Linq;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Architecture;

/// <summary>Which project of src/ may know which: no arrow runs up or sideways. Names are without <c>ThanoSql.</c></summary>
public sealed partial class ProjectDirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Indexer"] = ["Web", "Trainer", "Worker", "Query"],
        ["Web"] = ["Query", "Trainer"],
        ["Query"] = ["Planning"],
        ["Trainer"] = ["Planning"],
        ["Planning"] = ["Embedding"],
        ["Worker"] = ["Embedding"],
        ["Embedding"] = ["Catalog", "Vision", "Storage", "Language"],
        ["Catalog"] = ["Storage", "Language"],
        ["Vision"] = [],
        ["Storage"] = [],
        ["Language"] = [],
    };

    private static readonly Dictionary<string, string[]> References =
        Directory.GetDirectories(Repository.File("src"), "ThanoSql.*").ToDictionary(Short, ReferencesOf);

    [Fact]
    public void Every_project_has_its_place()
    {
        References.Keys.Except(Allowed.Keys).ShouldBeEmpty();
        References.Count.ShouldBeGreaterThan(9);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_lies_below_it(string project) =>
        References[project].Except(Reachable(Allowed, project)).ShouldBeEmpty($"ThanoSql.{project}.csproj");

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_names_only_what_lies_below_it(string project)
    {
        var below = Reachable(Allowed, project);
        var files = SourceFiles.Of($"src/ThanoSql.{project}").ToList();
        files.ShouldNotBeEmpty();

        var upwards = from file in files
                      from name in Names().Matches(File.ReadAllText(file)).Select(match => match.Groups["project"].Value)
                      where name != project && References.ContainsKey(name) && !below.Contains(name)
                      select $"{Path.GetRelativePath(Repository.Root, file)} names ThanoSql.{name}";
        upwards.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void The_picture_in_the_documentation_is_what_is_built()
    {
        var arrows = Arrow().Matches(File.ReadAllText(Repository.File("docs/architecture.md"))).ToLookup(
            match => match.Groups["from"].Value, match => match.Groups["to"].Value);
        var picture = References.Keys.ToDictionary(project => project, project => arrows[project].ToArray());

        arrows.Select(arrow => arrow.Key).Except(References.Keys).ShouldBeEmpty("drawn, but no project");
        foreach (var project in References.Keys)
        {
            picture[project].Except(References[project]).ShouldBeEmpty($"drawn from {project}, but not in its csproj");
            References[project].Except(Reachable(picture, project)).ShouldBeEmpty($"in the csproj of {project}, but not drawn");
        }
    }

    public static TheoryData<string> Projects() => [.. References.Keys];

    private static HashSet<string> Reachable(Dictionary<string, string[]> arrows, string from)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>(arrows[from]);
        while (open.TryPop(out var project))
        {
            if (found.Add(project) && arrows.TryGetValue(project, out var further))
                Array.ForEach(further, open.Push);
        }
        return found;
    }

    private static string[] ReferencesOf(string folder) =>
    [
        .. XDocument.Load(Path.Combine(folder, $"{Path.GetFileName(folder)}.csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Where(name => name.StartsWith("ThanoSql.", StringComparison.Ordinal)).Select(Short),
    ];

    private static string Short(string project) => Path.GetFileName(project)["ThanoSql.".Length..];

    [GeneratedRegex(@"\bThanoSql\.(?<project>\w+)")]
    private static partial Regex Names();

    /// <summary>An arrow of the mermaid graph.</summary>
    [GeneratedRegex(@"^\s*(?<from>\w+) --> (?<to>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
