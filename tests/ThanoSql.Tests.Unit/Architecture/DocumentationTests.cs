using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Architecture;

public sealed partial class DocumentationTests
{
    private static readonly string[] Pages = [.. SourceFiles.Of("", ".md").Order(StringComparer.Ordinal)];

    [Fact]
    public void Links_lead_to_files_and_headings_that_exist()
    {
        Pages.Length.ShouldBeGreaterThan(10);

        var dead = from page in Pages
                   from link in Links(page)
                   where !Exists(page, link)
                   select $"{Path.GetRelativePath(Repository.Root, page)} links to {link}";
        dead.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("LICENSE")]
    [InlineData("models/base/LICENSE.md")]
    [InlineData("THIRD-PARTY-NOTICES.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("SECURITY.md")]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/decisions/README.md")]
    [InlineData("docs/development.md")]
    [InlineData("docs/dialect.md")]
    [InlineData("docs/http.md")]
    [InlineData("docs/ko/README.md")]
    [InlineData("docs/models.md")]
    [InlineData("docs/pipelines.md")]
    [InlineData("docs/tutorial.ipynb")]
    public void The_readme_leads_to_it(string page)
    {
        Links(Repository.File("README.md")).ShouldContain(page);
        File.ReadAllText(Repository.File(page)).Trim().ShouldNotBeEmpty();
    }

    private static IEnumerable<string> Links(string page) =>
        Link().Matches(File.ReadAllText(page)).Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal));

    private static bool Exists(string page, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return Path.Exists(target) && (parts.Length == 1 || Anchors(target).Contains(parts[1]));
    }

    /// <summary>A page's headings as GitHub turns them into anchors.</summary>
    private static IEnumerable<string> Anchors(string page) =>
        File.ReadLines(page).Where(line => line.StartsWith('#')).Select(
            line => Punctuation().Replace(line.TrimStart('#').Trim(), "").ToLowerInvariant().Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();
}
