using Spectre.Console;

namespace ThanoSql.Benchmarks;

/// <summary>The command line of the benchmarks: <c>list</c>, <c>all</c>, or names; <c>--data DIR</c>, <c>--rows N</c>.</summary>
internal static class BenchmarkHost
{
    private const string Usage = "usage: dotnet run -c Release --project tests/ThanoSql.Benchmarks -- [list | all | NAME …] [--data DIR] [--rows N]";

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
        var rows = 100_000;
        if (names.IndexOf("--rows") is >= 0 and var count)
        {
            if (count + 1 == names.Count || !int.TryParse(names[count + 1], out rows) || rows < 1)
                return Refuse("--rows needs a number.");
            names.RemoveRange(count, 2);
        }
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
            await benchmark.RunAsync(new BenchmarkArguments(data, rows), stop.Token);
        }
        return 0;
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
