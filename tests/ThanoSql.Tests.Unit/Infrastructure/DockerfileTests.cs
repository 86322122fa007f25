using System.Text.RegularExpressions;

namespace ThanoSql.Tests.Unit.Infrastructure;

public sealed partial class DockerfileTests
{
    private readonly string[] _lines = File.ReadAllLines(Path.Combine(YamlFile.Root, "infra/Dockerfile"));

    [Fact]
    public void The_program_runs_as_nobody_in_particular()
    {
        var users = _lines.Where(line => line.StartsWith("USER ")).ToList();

        users.ShouldHaveSingleItem().ShouldMatch(@"^USER [1-9]\d+:[1-9]\d+$");
        Array.IndexOf(_lines, users[0]).ShouldBeGreaterThan(Array.FindLastIndex(_lines, line => line.StartsWith("RUN ")));
    }

    [Fact]
    public void Both_variants_are_stages()
    {
        var stages = _lines.Select(line => Stage().Match(line)).Where(match => match.Success).Select(match => match.Groups["name"].Value).ToList();

        stages.ShouldContain("runtime-cpu");
        stages.ShouldContain("runtime-gpu");
        _lines.ShouldContain("FROM runtime-${VARIANT} AS final");
        _lines.ShouldContain("ARG VARIANT=cpu");
    }

    [Fact]
    public void Images_of_others_are_pinned() =>
        _lines.Where(line => line.StartsWith("FROM ") && line.Contains('/', StringComparison.Ordinal)).ShouldAllBe(
            line => !line.Contains("latest") && line.Contains(':'));

    [Fact]
    public void What_is_copied_is_there()
    {
        var sources = _lines.Where(line => line.StartsWith("COPY ") && !line.Contains("--from", StringComparison.Ordinal)).Select(
            line => line.Split(' ')[1]);

        sources.ShouldAllBe(source => Path.Exists(Path.Combine(YamlFile.Root, source)));
    }

    [GeneratedRegex(@"^FROM \S+ AS (?<name>\S+)$")]
    private static partial Regex Stage();
}
