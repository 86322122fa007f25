using System.Text.Json;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Infrastructure;

public sealed class DockerfileTests
{
    private const string User = "1654:1654";

    private readonly Dockerfile _file = Dockerfile.Read("infra/Dockerfile");

    [Fact]
    public void Both_variants_are_stages_and_the_last_one_is_built_on_either()
    {
        _file.Arguments["VARIANT"].ShouldBe("cpu");
        _file["runtime-cpu"].Image.ShouldStartWith("mcr.microsoft.com/dotnet/aspnet:");
        _file["runtime-gpu"].Image.ShouldMatch("^nvidia/cuda:.*-cudnn-runtime-");
        _file.Stages[^1].Image.ShouldBe("runtime-${VARIANT}");
    }

    [Fact]
    public void Images_of_others_are_pinned()
    {
        var stages = _file.Stages.Select(stage => stage.Name).Append("runtime-${VARIANT}").ToList();
        var foreign = _file.Stages.Select(stage => stage.Image).Where(image => !stages.Contains(image)).ToList();

        foreign.ShouldContain(image => image.StartsWith("mcr.microsoft.com/dotnet/sdk:"));
        foreign.ShouldAllBe(image => image.Contains(':') && !image.Contains("latest"));
    }

    [Fact]
    public void The_images_are_of_the_framework_that_the_repository_asks_for()
    {
        using var wanted = JsonDocument.Parse(File.ReadAllText(Repository.File("global.json")));

        wanted.RootElement.GetProperty("sdk").GetProperty("version").GetString().ShouldStartWith(_file.Arguments["DOTNET"] + ".");
        _file["build"].Image.ShouldEndWith(":${DOTNET}");
        _file["runtime-cpu"].Image.ShouldEndWith(":${DOTNET}");
    }

    [Fact]
    public void The_program_is_published_and_copied_into_the_last_stage()
    {
        var publish = _file["build"].All("RUN").Single(command => command.Contains("dotnet publish"));

        publish.ShouldContain("dotnet publish src/ThanoSql.Indexer ");
        publish.ShouldMatch(@"--output /app(\s|$)");
        _file.Stages[^1].Only("COPY").ShouldBe("--from=build /app /app");
    }

    [Fact]
    public void The_program_is_started_by_its_name_as_a_role()
    {
        Words(_file.Stages[^1].Only("ENTRYPOINT")).ShouldBe(["dotnet", $"/app/{typeof(Program).Assembly.GetName().Name}.dll"]);
        ConfigurationKeys.Roles.ShouldContain(Words(_file.Stages[^1].Only("CMD")).ShouldHaveSingleItem());
        _file.Stages[^1].Only("EXPOSE").ShouldBe("8080");
    }

    [Fact]
    public void The_program_runs_as_nobody_in_particular_in_a_folder_of_its_own()
    {
        var last = _file.Stages[^1];

        last.Only("USER").ShouldBe(User);
        last.Instructions.FindIndex(one => one.Keyword == "USER").ShouldBeGreaterThan(last.Instructions.FindLastIndex(one => one.Keyword == "RUN"));
        last.Only("RUN").ShouldEndWith($"chown -R {User} {last.Only("WORKDIR")}");
    }

    [Fact]
    public void What_is_copied_from_the_repository_is_there_and_not_ignored()
    {
        var sources = _file["build"].All("COPY").Where(text => !text.StartsWith("--from")).Select(text => text.Split(' ')[0]).ToList();
        var ignored = File.ReadAllLines(Repository.File("infra/Dockerfile.dockerignore"));

        sources.ShouldContain(".");
        sources.ShouldAllBe(source => Path.Exists(Repository.File(source)) && !ignored.Contains(source));
        ignored.ShouldBeSubsetOf([".git", "**/bin", "**/obj", "**/node_modules", "**/TestResults", "artifacts", "tests", "data", "out"]);
        ignored.Length.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void What_is_copied_from_a_stage_comes_from_an_earlier_one()
    {
        _file.Stages.Count.ShouldBeGreaterThan(3);
        for (var i = 0; i < _file.Stages.Count; i++)
        {
            var earlier = _file.Stages.Take(i).Select(stage => stage.Name).ToList();
            _file.Stages[i].All("COPY").Where(text => text.StartsWith("--from=")).ShouldAllBe(
                text => earlier.Contains(text.Split(' ', 2)[0].Substring("--from=".Length)));
        }
    }

    private static string[] Words(string array) => JsonSerializer.Deserialize<string[]>(array)!;
}
