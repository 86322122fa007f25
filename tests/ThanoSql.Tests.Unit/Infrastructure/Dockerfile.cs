using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Infrastructure;

/// <summary>A Dockerfile as its stages; comments left out, continued lines joined.</summary>
internal sealed partial class Dockerfile
{
    private Dockerfile(IReadOnlyDictionary<string, string> arguments, IReadOnlyList<Stage> stages)
    {
        Arguments = arguments;
        Stages = stages;
    }

    /// <summary>ARG before the first FROM, with its default.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; }

    public IReadOnlyList<Stage> Stages { get; }

    public Stage this[string stage] => Stages.Single(one => one.Name == stage);

    public static Dockerfile Read(string path)
    {
        var text = Comment().Replace(File.ReadAllText(Repository.File(path)), "");
        var arguments = new Dictionary<string, string>();
        var stages = new List<Stage>();
        foreach (var line in Continuation().Replace(text, " ").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            if (words[0] == "FROM")
                stages.Add(Stage.From(words[1]));
            else if (stages.Count > 0)
                stages[^1].Instructions.Add(new Instruction(words[0], words[1]));
            else
                arguments.Add(words[1].Split('=')[0], words[1].Split('=')[1]);
        }
        return new Dockerfile(arguments, stages);
    }

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s*\\\n\s*")]
    private static partial Regex Continuation();
}

/// <param name="Image">An image of others, or the name of an earlier stage.</param>
internal sealed record Stage(string Name, string Image)
{
    public List<Instruction> Instructions { get; } = [];

    public static Stage From(string text) => text.Split(' ') is [var image, "AS", var name]
        ? new Stage(name, image)
        : throw new FormatException($"FROM {text}: every stage has a name.");

    public IEnumerable<string> All(string keyword) => Instructions.Where(one => one.Keyword == keyword).Select(one => one.Text);

    public string Only(string keyword) => All(keyword).Single();
}

internal sealed record Instruction(string Keyword, string Text);
