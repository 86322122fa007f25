using System.Text.Json;
using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Web;

/// <summary>The page's texts, as their files stand.</summary>
public sealed partial class PageTextsTests
{
    private static readonly string Folder = Repository.File("src/ThanoSql.Web");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Path.Combine(Folder, "Texts", "ko")).Select(file => Path.GetFileName(file))];

    [Fact]
    public void Both_languages_have_the_same_files() =>
        Names("en").ShouldBe(Names("ko"));

    [Theory]
    [MemberData(nameof(Files))]
    public void Both_languages_say_the_same_things_with_the_same_values(string file)
    {
        var (korean, english) = (Read("ko", file), Read("en", file));

        english.Keys.ShouldBe(korean.Keys);
        foreach (var (key, text) in korean)
        {
            text.ShouldNotBeNullOrWhiteSpace(key);
            Places(english[key]).ShouldBe(Places(text), key);
        }
    }

    [Fact]
    public void What_the_page_says_is_there()
    {
        var known = Files().SelectMany(file => Read("ko", file.Data).Keys).ToHashSet();
        var said = from file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
                   where file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal)
                   where !file.Contains("/obj/", StringComparison.Ordinal)
                   from use in Use().Matches(File.ReadAllText(file))
                   select (use.Groups["key"].Value, Path.GetFileName(file));

        said.Where(s => !known.Contains(s.Value)).Select(s => $"{s.Item2} says '{s.Value}'").Distinct().ShouldBeEmpty();
        said.Count().ShouldBeGreaterThan(200);
    }

    private static string[] Names(string language) =>
        [.. Directory.GetFiles(Path.Combine(Folder, "Texts", language)).Select(file => Path.GetFileName(file)).Order()];

    private static Dictionary<string, string> Read(string language, string file) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Folder, "Texts", language, file)))!;

    private static string[] Places(string text) => [.. Place().Matches(text).Select(place => place.Value).Distinct().Order()];

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Place();

    /// <summary>A text by a name that is written out: names that are put together are not looked for.</summary>
    [GeneratedRegex("""\b(T|Texts|texts|_texts)\["(?<key>[\w.]+)"[\],]""")]
    private static partial Regex Use();
}
