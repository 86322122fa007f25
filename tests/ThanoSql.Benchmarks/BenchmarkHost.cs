using Spectre.Console;

namespace ThanoSql.Benchmarks;

/// <summary>The command line of the benchmarks: <c>list</c>, <c>all</c>, or names; <c>--data DIR</c>, <c>--rows N</c>, <c>--objects N</c>.</summary>
internal static class BenchmarkHost
{
    private const string Usage = "usage: dotnet run -c Release --project tests/ThanoSql.Benchmarks -- [list | all | NAME …] "
        + "[--data DIR] [--rows N] [--objects N]";

    /// <summary>Where benchmarks keep what they make; <c>--data</c> may be read-only.</summary>
    public static string Made => Path.Combine(Path.GetTempPath(), "thanosql-benchmarks");

    public static async Task<int> RunAsync(IReadOnlyList<Benchmark> known, string[] args)
    {
        var names = args.ToList();
        var data = Made;
        if (names.IndexOf("--data") is >= 0 and var at)
        {
            if (at + 1 == names.Count)
                return Refuse("--data needs a folder.");
            data = Path.GetFullPath(names[at + 1]);
            names.RemoveRange(at, 2);
        }
        if (TakeNumber(names, "--rows", 100_000) is not { } rows)
            return Refuse("--rows needs a number.");
        if (TakeNumber(names, "--objects", 1_000_000) is not { } objects)
            return Refuse("--objects needs a number.");
        if (names is [] or ["list"])
            return List(known);

        var chosen = names is ["all"] ? known : [.. known.Where(b => names.Contains(b.Name))];
        var unknown = names.Where(n => n != "all" && !known.Any(b => b.Name == n)).ToList();
        if (unknown.Count > 0)
            return Refuse($"No benchmark is named {string.Join(", ", unknown)}; 'list' shows those there are.");

        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, key) =>
        {
            key.Cancel = true;
            stop.Cancel();
        };
        Directory.CreateDirectory(data);
        foreach (var benchmark in chosen)
        {
            AnsiConsole.Write(new Rule($"[bold]{benchmark.Name}[/]: {benchmark.Description.EscapeMarkup()}").LeftJustified());
            await benchmark.RunAsync(new BenchmarkArguments(data, rows, objects), stop.Token);
        }
        return 0;
    }

    /// <returns>Null where no number of at least 1 follows the option.</returns>
    private static int? TakeNumber(List<string> names, string option, int usual)
    {
        var at = names.IndexOf(option);
        if (at < 0)
            return usual;
        if (at + 1 == names.Count || !int.TryParse(names[at + 1], out var number) || number < 1)
            return null;
        names.RemoveRange(at, 2);
        return number;
    }

    private static int List(IReadOnlyList<Benchmark> known)
    {
        Console.WriteLine(Usage);
        foreach (var benchmark in known)
            Console.WriteLine($"  {benchmark.Name,-12} {benchmark.Description}");
        return 0;
    }

    private static int Refuse(string reason)
    {
        Console.Error.WriteLine($"{reason}\n{Usage}");
        return 2;
    }
}
