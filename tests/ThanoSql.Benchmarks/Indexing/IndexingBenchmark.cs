using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Spectre.Console;
using ThanoSql.Catalog;
using ThanoSql.Storage;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>
/// Photographs from file to committed row: the rate against what decoding and inference alone allow, and the lag of a single one. Needs a PostgreSQL
/// in <c>Database__ConnectionString</c>, as superuser.
/// </summary>
public static class IndexingBenchmark
{
    private const int Images = 500;
    private const int Singles = 100;
    private const int Probes = 40;

    // Asking costs CPU time of the cores that are measured.
    private static readonly TimeSpan Seldom = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(2);

    /// <param name="args">Algorithms; <c>ConvNeXt_Atto</c> and <c>ConvNeXt_Tiny</c> when absent.</param>
    public static async Task RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var table = new Table().AddColumns("trunk", "decode", "infer", "ideal /s", "real /s", "ratio", "cold", "CPU", "lag ms", "lag p99");
        foreach (var algorithm in args.Length > 0 ? args : ["ConvNeXt_Atto", "ConvNeXt_Tiny"])
            table.AddRow(await MeasureAsync(algorithm, CancellationToken.None));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(
            $"{Images} photographs, {Environment.ProcessorCount} cores; times in milliseconds, 'decode' and 'infer' of one thread.");
        AnsiConsole.WriteLine(
            "'ratio': of the rates, 'cold': of the first 500 in the process, while .NET still compiles it. " +
            "'CPU': what decoding and inference alone need, of the CPU time that this process used. 'lag': from file to row, one by one.");
    }

    private static async Task<string[]> MeasureAsync(string algorithm, CancellationToken cancellationToken)
    {
        await using var database = await OwnedDatabase.CreateAsync("indexing", cancellationToken);
        await using var worker = await BenchmarkWorker.StartAsync(database.Owner, algorithm, cancellationToken);
        var photographs = Enumerable.Range(0, Images + Singles).AsParallel().AsOrdered().Select(Photographs.Make).ToList();
        await PutAsync(worker, "shop/first.jpg", Photographs.Make(-1), cancellationToken);
        await WaitAsync(database.Owner, 1, Seldom, cancellationToken);

        var (decode, inference) = Alone(worker, photographs);
        var (cold, _) = await ManyAsync(worker, database.Owner, "cold", photographs.ConvertAll(Other), 1, cancellationToken);
        var (seconds, cpu) = await ManyAsync(worker, database.Owner, "warm", photographs, 1 + Images, cancellationToken);
        var lags = await OneByOneAsync(worker, database.Owner, photographs, cancellationToken);
        var (ideal, measured) = (Environment.ProcessorCount / (decode + inference), Images / seconds);
        var ratioCold = Images / cold / ideal;
        double[] figures =
            [
                decode * 1000, inference * 1000, ideal, measured, measured / ideal, ratioCold, Images * (decode + inference) / cpu, lags[Singles / 2],
                lags[(int)(0.99 * Singles)]
            ];
        return [algorithm, .. figures.Select(f => f.ToString("0.00", CultureInfo.InvariantCulture))];
    }

    /// <summary>CPU seconds to decode one photograph, and of one inference, each alone on one thread.</summary>
    private static (double Decode, double Inference) Alone(BenchmarkWorker worker, List<byte[]> photographs)
    {
        var preprocessing = worker.Space.Embedder.Identity.Preprocessing;
        var pixels = ImageDecoder.Decode(photographs[0], preprocessing);
        return (CpuSeconds(i => ImageDecoder.Decode(photographs[i], preprocessing)), CpuSeconds(_ => worker.Space.Embedder.Embed(pixels)));
    }

    private static double CpuSeconds(Action<int> work)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        for (var i = 0; i < Probes; i++)
            work(i);
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds / Probes;
    }

    /// <summary>The same picture to the eye, another content to the catalog.</summary>
    private static byte[] Other(byte[] photograph) => [.. photograph, 0];

    /// <param name="worker">Indexes them.</param>
    /// <param name="database">Where they show up.</param>
    /// <param name="folder">Below the pipeline's prefix.</param>
    /// <param name="photographs">The first <see cref="Images"/> of them are taken.</param>
    /// <param name="before">Rows that are there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private static async Task<(double Seconds, double Cpu)> ManyAsync(
        BenchmarkWorker worker, NpgsqlDataSource database, string folder, List<byte[]> photographs, int before, CancellationToken cancellationToken)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < Images; i++)
            await PutAsync(worker, $"shop/{folder}/{i:000}.jpg", photographs[i], cancellationToken);
        await WaitAsync(database, before + Images, Seldom, cancellationToken);
        return (Stopwatch.GetElapsedTime(since).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
    }

    private static async Task<List<double>> OneByOneAsync(
        BenchmarkWorker worker, NpgsqlDataSource database, List<byte[]> photographs, CancellationToken cancellationToken)
    {
        var lags = new List<double>();
        for (var i = 0; i < Singles; i++)
        {
            await PutAsync(worker, $"shop/single/{i:000}.jpg", photographs[Images + i], cancellationToken);
            var since = Stopwatch.GetTimestamp();
            await WaitAsync(database, 2 + (2 * Images) + i, Often, cancellationToken);
            lags.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }
        lags.Sort();
        return lags;
    }

    private static Task<ObjectInfo> PutAsync(BenchmarkWorker worker, string key, byte[] photograph, CancellationToken cancellationToken) =>
        worker.Store.WriteAsync(new ObjectPath("workspace", key), new MemoryStream(photograph), "image/jpeg", cancellationToken);

    private static async Task WaitAsync(NpgsqlDataSource database, int rows, TimeSpan pause, CancellationToken cancellationToken)
    {
        while (await database.Command("SELECT count(*) FROM public.shop WHERE keyword_source = 'model'").ScalarAsync<long>(cancellationToken) < rows)
            await Task.Delay(pause, cancellationToken);
    }
}
