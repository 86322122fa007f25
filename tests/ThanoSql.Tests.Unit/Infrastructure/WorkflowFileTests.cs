using ThanoSql.Tests.Fixtures;
using YamlDotNet.RepresentationModel;

namespace ThanoSql.Tests.Unit.Infrastructure;

public sealed class WorkflowFileTests
{
    private const string Path = ".github/workflows/test.yml";

    private readonly Dictionary<string, YamlNode> _workflow = YamlFile.Read(Path).Single().Entries();

    [Fact]
    public void It_runs_the_one_command_in_a_Debian_with_the_tools_it_needs()
    {
        var job = _workflow["jobs"].Entries().ShouldHaveSingleItem().Value;
        var steps = ((YamlSequenceNode)job["steps"]).Select(step => step.Entries()).ToList();

        job["container"].Text().ShouldBe("debian:12");
        steps[^1]["run"].Text().ShouldBe("bash infra/test.sh");
        With(steps, "actions/setup-node@")["node-version"].Text().ShouldBe("20");
        File.Exists(Repository.File(With(steps, "actions/setup-dotnet@")["global-json-file"].Text())).ShouldBeTrue();
    }

    [Fact]
    public void It_runs_for_every_change_with_the_right_to_read_and_without_secrets()
    {
        _workflow["on"].Entries().Keys.ShouldBe(["push", "pull_request"], ignoreOrder: true);
        _workflow["permissions"].Entries().Select(right => (right.Key, right.Value.Text())).ShouldBe([("contents", "read")]);
        File.ReadAllText(Repository.File(Path)).ShouldNotContain("secrets");
    }

    private static Dictionary<string, YamlNode> With(IEnumerable<Dictionary<string, YamlNode>> steps, string action) =>
        steps.Single(step => step.TryGetValue("uses", out var uses) && uses.Text().StartsWith(action))["with"].Entries();
}
