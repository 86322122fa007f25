namespace ThanoSql.Fuzz;

/// <summary>Gives a target one input after another, and keeps those after which something was wrong.</summary>
internal sealed class FuzzLoop(string name, Target target, FuzzOptions options) : IDisposable
{
    private const int MostFindings = 20;

    private readonly CurrentInput _current = new(Path.Combine(options.Findings, $"current-{name}.bin"));
    private readonly HashSet<string> _kinds = [];
    private int _findings;

    public void Dispose() => _current.Dispose();

    public async Task<FuzzReport> RunAsync(TimeSpan budget, CancellationToken stop)
    {
        var memory = new MemoryWatch();
        var clock = Stopwatch.StartNew();
        await target.StartAsync(stop);
        using var watchdog = new Watchdog(name, _current, options.Findings);
        var random = new Random(HashCode(name, options.Seed));
        var count = 0L;
        var limit = clock.Elapsed + budget;
        while (clock.Elapsed < limit && !stop.IsCancellationRequested && (options.Count == 0 || count < options.Count) && _findings < MostFindings)
        {
            var input = target.Next(random);
            _current.Set(input);
            watchdog.Begin();
            await RunOneAsync(input, stop);
            watchdog.End();
            count++;
            memory.Look(clock.Elapsed, limit, count, options.Count);
        }
        var use = memory.Settle();
        if (use.Problem is { } grown)
            Keep([], "memory", $"memory is not flat: {grown}");
        _current.Delete();
        return new FuzzReport(name, count, clock.Elapsed, options.Seed, _findings, use);
    }

    private async Task RunOneAsync(byte[] input, CancellationToken stop)
    {
        try
        {
            await target.RunAsync(input, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C
        }
        catch (Exception documented) when (target.IsDocumented(documented))
        {
            // As it should be
        }
        catch (Exception found)
        {
            var place = found.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("ThanoSql", StringComparison.Ordinal));
            Keep(input, found is FindingException ? found.Message : $"{found.GetType().Name} {place}", found.ToString());
        }
    }

    // One input of each kind is enough.
    private void Keep(byte[] input, string kind, string text)
    {
        if (!_kinds.Add(kind))
            return;
        var file = Path.Combine(options.Findings, $"{name}-{options.Seed}-{++_findings}");
        File.WriteAllBytes($"{file}.bin", input);
        File.WriteAllText($"{file}.txt", text);
        Console.WriteLine($"FOUND by {name}, input in {file}.bin: {(text.Length < 3000 ? text : text[..3000])}");
    }

    private static int HashCode(string name, int seed) => name.Aggregate(seed, (hash, letter) => unchecked(hash * 31 + letter));
}
