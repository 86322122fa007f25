using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Architecture;

/// <summary>Settings hold secrets and arrive as environment variables: what this program starts must not inherit them.</summary>
public sealed partial class ChildProcessTests
{
    [Fact]
    public void No_child_process_inherits_the_environment()
    {
        var starting = SourceFiles.Of("src").Select(file => (Path: Path.GetRelativePath(Repository.Root, file), Text: File.ReadAllText(file)))
            .Where(file => StartsProcess().IsMatch(file.Text)).ToList();
        starting.ShouldNotBeEmpty();

        foreach (var (path, text) in starting)
        {
            StartsByName().IsMatch(text).ShouldBeFalse($"{path}: Process.Start(\"name\", …) inherits everything; use a ProcessStartInfo.");
            Cleared().Count(text).ShouldBeGreaterThanOrEqualTo(
                Made().Matches(text).DistinctBy(match => text[..match.Index].LastIndexOf('\n')).Count(),
                $"{path}: every ProcessStartInfo needs Environment.Clear() and then only what the child needs.");
        }
    }

    [GeneratedRegex(@"\bProcess\.Start\(|new ProcessStartInfo\b|\bProcessStartInfo \w+ = new\b")]
    private static partial Regex StartsProcess();

    [GeneratedRegex(@"\bProcess\.Start\(\s*\$?""")]
    private static partial Regex StartsByName();

    [GeneratedRegex(@"new ProcessStartInfo\b|\bProcessStartInfo \w+ = new\b")]
    private static partial Regex Made();

    [GeneratedRegex(@"\.Environment\.Clear\(\)")]
    private static partial Regex Cleared();
}
