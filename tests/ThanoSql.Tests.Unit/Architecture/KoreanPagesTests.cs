using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Architecture;

/// <summary>The pages under <c>docs/ko</c> say what the English ones say: what is added, renamed or removed there must be so here.</summary>
public sealed partial class KoreanPagesTests
{
    [Theory]
    [InlineData("http.md")]
    [InlineData("pipelines.md")]
    public void Each_section_has_the_code_and_the_names_of_the_english_one(string page)
    {
        var english = Sections($"docs/{page}");
        var korean = Sections($"docs/ko/{page}");

        korean.Select(s => s.Level).ShouldBe(english.Select(s => s.Level));
        foreach (var (ours, theirs) in korean.Zip(english))
        {
            ours.Blocks.ShouldBe(theirs.Blocks, ours.Title);
            theirs.Names.Except(ours.Names).ShouldBeEmpty($"'{theirs.Title}' has it, '{ours.Title}' has not");
            ours.Names.Except(theirs.Names).ShouldBeEmpty($"'{ours.Title}' has it, '{theirs.Title}' has not");
        }
    }

    [Fact]
    public void The_first_sections_of_the_readme_have_the_code_of_the_english_ones()
    {
        var korean = Sections("docs/ko/README.md");

        korean.Count.ShouldBe(6); // what it is, trying it, looking at it, notebooks, shops, running it
        foreach (var (ours, theirs) in korean.Zip(Sections("README.md")))
            ours.Blocks.ShouldBe(theirs.Blocks, ours.Title);
    }

    private static List<Section> Sections(string page)
    {
        var text = File.ReadAllText(Repository.File(page));
        var blocks = Block().Matches(text);
        var headings = Heading().Matches(text).Where(h => !blocks.Any(b => b.Index < h.Index && h.Index < b.Index + b.Length)).ToList();
        return [.. headings.Select((heading, at) =>
        {
            var end = at + 1 < headings.Count ? headings[at + 1].Index : text.Length;
            return Section.Of(heading.Groups["level"].Length, heading.Groups["title"].Value, text[heading.Index..end]);
        })];
    }

    /// <param name="Blocks">Of code; diagrams are translated.</param>
    /// <param name="Names">What stands in backticks.</param>
    private sealed record Section(int Level, string Title, IReadOnlyList<string> Blocks, IReadOnlyList<string> Names)
    {
        public static Section Of(int level, string title, string text) => new(
            level, title,
            [.. Block().Matches(text).Select(m => m.Value).Where(block => !block.StartsWith("```mermaid", StringComparison.Ordinal))],
            [.. Name().Matches(Block().Replace(text, "")).Select(m => m.Groups["name"].Value).Distinct()]);
    }

    [GeneratedRegex("^(?<level>#+) (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex Name();
}
