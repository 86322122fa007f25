using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using ThanoSql.Catalog;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>
/// The published program, from file to committed row, against what a user would write instead and against what plain calls of libvips and ONNX
/// Runtime allow: the same photographs, the same model, the same PostgreSQL, in turns. Needs Node.js, and PostgreSQL on this machine in
/// <c>Database__ConnectionString</c>, as superuser. <c>--data DIR</c> adds the groceries of <c>DIR/grocery/test</c>.
/// </summary>
internal static class IndexingBenchmark
{
    public const string Description = "photographs from file to committed row, against a script of sharp and onnxruntime-node, and the ideal";

    private const int Rounds = 3;
    private const int Cold = 500;
    private const int Large = 60;
    private const int WarmUp = 3;

    // Rarely, since asking costs CPU time of the cores that are measured
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    private static readonly string[] Parts = ["embed", "libvips", "gc", "jit", "other"];

    public static async Task RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var program = await ProgramUnderTest.PublishAsync(cancellationToken);
        var foods = await PhotographSet.OfFoodsAsync(cancellationToken);
        List<(string Algorithm, PhotographSet Photographs, int Count)> cases =
        [
            ("ConvNeXt_Atto", foods, 2 * foods.Files.Count), ("ConvNeXt_Atto", foods.Enlarged(Large), 3 * Large), ("ConvNeXt_Tiny", foods, 2 * Large),
        ];
        if (Path.Combine(arguments.Data, "grocery", "test") is var groceries && Directory.Exists(groceries))
            cases.Add(("ConvNeXt_Atto", PhotographSet.OfFolder("groceries", groceries, foods.Files.Count), 2 * foods.Files.Count));
        foreach (var (algorithm, photographs, count) in cases)
        {
            await using var ours = await ProgramUnderTest.StartAsync(program, algorithm, cancellationToken);
            await MeasureAsync(ours, photographs, algorithm, count, cancellationToken);
        }
    }

    private static async Task MeasureAsync(
        ProgramUnderTest ours, PhotographSet photographs, string algorithm, int count, CancellationToken cancellationToken)
    {
        await using var plain = await Rival.StartAsync(ours.Model, ours.Metadata, null, cancellationToken);
        await using var withRows = await Rival.StartAsync(ours.Model, ours.Metadata, ours.Database, cancellationToken);
        using var ideal = new Ideal(ours.Model, ours.Metadata.Trunk.Preprocessing);
        var first = await TurnAsync(ours, photographs, 0, Cold, cancellationToken);
        // Until .NET has compiled once more what runs often
        await TurnAsync(ours, photographs, 100, WarmUp * photographs.Files.Count, cancellationToken);

        var (turns, alone) = (new List<Turn>(), new List<(double Decode, double Inference)>());
        var (rivals, rivalsWithRows) = (new List<(double Rate, double Cpu)>(), new List<(double Rate, double Cpu)>());
        for (var round = 1; round <= Rounds; round++)
        {
            alone.Add(ideal.Measure(photographs.Files));
            rivals.Add(await RivalAsync(plain, ours, photographs, (2 * round) + 1000, count, cancellationToken));
            turns.Add(await TurnAsync(ours, photographs, round, count, cancellationToken));
            rivalsWithRows.Add(await RivalAsync(withRows, ours, photographs, (2 * round) + 1001, count, cancellationToken));
        }

        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{algorithm}, {photographs.Name}, {Environment.ProcessorCount} cores"));
        var plainCalls = (Median(alone.Select(a => a.Decode)), Median(alone.Select(a => a.Inference)));
        AnsiConsole.Write(Rates(first, turns, rivals, rivalsWithRows, plainCalls));
        AnsiConsole.Write(Costs(turns, plainCalls, CpuClock.PeakMemory(ours.ProcessId)));
    }

    private static Table Rates(
        Turn first, List<Turn> turns, List<(double Rate, double Cpu)> rivals, List<(double Rate, double Cpu)> rivalsWithRows,
        (double Decode, double Inference) alone)
    {
        var (rate, best) = (Median(turns.Select(t => t.Rate)), Environment.ProcessorCount / (alone.Decode + alone.Inference));
        var table = new Table().AddColumns("images/s", "ours", "rival", "rival with rows", "ideal", "ours first 500");
        var (rival, withRowsRate) = (Median(rivals.Select(r => r.Rate)), Median(rivalsWithRows.Select(r => r.Rate)));
        table.AddRow(["", .. Texts(rate, rival, withRowsRate, best, first.Rate)]);
        table.AddRow(["ours ÷ it; first ÷ warm", "", .. Texts(rate / rival, rate / withRowsRate, rate / best, first.Rate / rate)]);
        table.AddRow(
        [
            "CPU ms an image",
            .. Texts(
                1000 * Median(turns.Select(t => t.Cpu + t.Server)), 1000 * Median(rivals.Select(r => r.Cpu)),
                1000 * Median(rivalsWithRows.Select(r => r.Cpu)), 1000 * (alone.Decode + alone.Inference), 1000 * (first.Cpu + first.Server)),
        ]);
        return table;
    }

    private static Table Costs(List<Turn> turns, (double Decode, double Inference) alone, double memory)
    {
        var costs = new Table().AddColumns("part", "CPU ms an image");
        foreach (var part in Parts)
            costs.AddRow([$"ours: {part}", .. Texts(1000 * Median(turns.Select(t => t.Parts.GetValueOrDefault(part))))]);
        costs.AddRow(["ours, all threads", .. Texts(1000 * Median(turns.Select(t => t.Cpu)))]);
        costs.AddRow(["PostgreSQL", .. Texts(1000 * Median(turns.Select(t => t.Server)))]);
        costs.AddRow(["plain calls: decode", .. Texts(1000 * alone.Decode)]);
        costs.AddRow(["plain calls: inference", .. Texts(1000 * alone.Inference)]);
        costs.AddRow(["ours and PostgreSQL ÷ plain calls", .. Texts(Median(turns.Select(t => t.Cpu + t.Server)) / (alone.Decode + alone.Inference))]);
        costs.AddRow(["ours: peak memory, MiB", .. Texts(memory)]);
        return costs;
    }

    /// <summary>Moves files into the bucket, and waits for their rows.</summary>
    private static async Task<Turn> TurnAsync(
        ProgramUnderTest ours, PhotographSet photographs, int turn, int count, CancellationToken cancellationToken)
    {
        var staged = Path.Combine(ours.Staging, "ours");
        photographs.Write(staged, turn, count);
        var database = ours.Database.Owner;
        var done = count + await IndexedAsync(ours, cancellationToken);
        await Task.Delay(Settle, cancellationToken);
        var (parts, cpu) = (CpuClock.ByKind(ours.ProcessId), CpuClock.Of(ours.ProcessId));
        var server = await CpuClock.OfServerAsync(database, cancellationToken);
        var since = DateTime.UtcNow;
        foreach (var file in Directory.EnumerateFiles(staged))
            File.Move(file, Path.Combine(ours.Shop, Path.GetFileName(file)));
        while (!await IsDoneAsync(ours, done, cancellationToken))
            await Task.Delay(Pause, cancellationToken);
        var after = CpuClock.ByKind(ours.ProcessId);
        var last = await database.Command("SELECT max(indexed_at) FROM thanosql.image").ScalarAsync<DateTime>(cancellationToken);
        return new Turn(
            count / (last - since).TotalSeconds, after.ToDictionary(p => p.Key, p => (p.Value - parts.GetValueOrDefault(p.Key)) / count),
            (CpuClock.Of(ours.ProcessId) - cpu) / count, (await CpuClock.OfServerAsync(database, cancellationToken) - server) / count);
    }

    private static Task<long> IndexedAsync(ProgramUnderTest ours, CancellationToken cancellationToken) =>
        ours.Database.Owner.Command("SELECT count(*) FROM thanosql.image WHERE state = 'indexed'").ScalarAsync<long>(cancellationToken);

    // Counting rows costs more than all else that a turn asks: not while some are known to wait
    private static async Task<bool> IsDoneAsync(ProgramUnderTest ours, long count, CancellationToken cancellationToken) =>
        !await ours.Database.Owner.Command("SELECT EXISTS (SELECT FROM thanosql.image WHERE state = 'pending')").ScalarAsync<bool>(cancellationToken)
        && await IndexedAsync(ours, cancellationToken) >= count;

    private static async Task<(double Rate, double Cpu)> RivalAsync(
        Rival rival, ProgramUnderTest ours, PhotographSet photographs, int turn, int count, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(ours.Staging, "rival");
        photographs.Write(folder, turn, count);
        await Task.Delay(Settle, cancellationToken);
        var (since, cpu, server) = (
            Stopwatch.GetTimestamp(), CpuClock.Of(rival.ProcessId), await CpuClock.OfServerAsync(ours.Database.Owner, cancellationToken));
        await rival.IndexAsync(folder, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        Directory.Delete(folder, recursive: true);
        var used = CpuClock.Of(rival.ProcessId) - cpu + await CpuClock.OfServerAsync(ours.Database.Owner, cancellationToken) - server;
        return (count / seconds, used / count);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static IEnumerable<string> Texts(params double[] values) => values.Select(v => v.ToString("0.00", CultureInfo.InvariantCulture));

    /// <param name="Rate">Images a second, from the first file to the last committed row.</param>
    /// <param name="Parts">CPU seconds an image of our process by kind of thread.</param>
    /// <param name="Cpu">CPU seconds an image of our process.</param>
    /// <param name="Server">CPU seconds an image of PostgreSQL.</param>
    private sealed record Turn(double Rate, Dictionary<string, double> Parts, double Cpu, double Server);
}
