namespace ThanoSql.Fuzz;

/// <summary>One target after another; says of each what it did.</summary>
internal static class FuzzRun
{
    /// <returns>0 when nothing was found, 1 when something was, 2 when a name is no target's.</returns>
    public static async Task<int> RunAsync(FuzzOptions options, IReadOnlyList<TargetChoice> known, CancellationToken stop)
    {
        if (options.Only.FirstOrDefault(name => !known.Any(target => target.Name == name)) is { } unknown)
        {
            Console.Error.WriteLine($"No target is named '{unknown}'; there are: {string.Join(", ", known.Select(target => target.Name))}.");
            return 2;
        }
        var chosen = known.Where(target => options.Only.Count == 0 || options.Only.Contains(target.Name)).ToList();
        Directory.CreateDirectory(options.Findings);
        Console.WriteLine($"seed {options.Seed}; findings, and the input of a crash, are kept in {options.Findings}");
        var (found, behind) = (0, TimeSpan.Zero);
        var shares = chosen.Sum(target => target.Share);
        foreach (var choice in chosen)
        {
            // What others left of their time is left to it
            var share = choice.Share / (double)shares;
            var budget = (TimeSpan.FromSeconds(options.Seconds) - behind) * share;
            shares -= choice.Share;
            var clock = Stopwatch.StartNew();
            await using var target = choice.Make();
            using var loop = new FuzzLoop(choice.Name, target, options);
            var report = await loop.RunAsync(budget > TimeSpan.FromSeconds(1) ? budget : TimeSpan.FromSeconds(1), stop);
            behind += clock.Elapsed;
            found += report.Findings;
            Console.WriteLine(report);
            if (stop.IsCancellationRequested)
                break;
        }
        Console.WriteLine(found == 0 ? "nothing was found" : $"{found} findings");
        return found == 0 ? 0 : 1;
    }
}

/// <summary>What became of a target.</summary>
internal sealed record FuzzReport(string Name, long Count, TimeSpan Time, int Seed, int Findings, MemoryUse Memory)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name,-12} {Count,9:N0} inputs {Time.TotalSeconds,7:N1} s  seed {Seed}  {Findings} findings  {Memory}");
}
