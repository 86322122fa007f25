using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Embedding;
using ThanoSql.Trainer.Promoting;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Rekeying;

/// <summary>
/// A new head over cached embeddings and 100 labels: how fast a version is keyed and switched in, and what a search and a shop's one-row UPDATE
/// notice of it. Needs a PostgreSQL in <c>Database__ConnectionString</c>, as superuser.
/// </summary>
public static class RekeyingBenchmark
{
    private const int Batch = 2000;

    internal static async Task RunAsync(RekeyingCase measured)
    {
        await using var shop = await SeededShop.CreateAsync(measured, CancellationToken.None);
        var quiet = await Watch.OverAsync(
            shop.Database, SeededShop.Table, measured.Images, over => Task.Delay(TimeSpan.FromSeconds(10), over));

        await TryAsync(shop);
        var times = new Dictionary<string, TimeSpan>();
        var busy = await Watch.OverAsync(shop.Database, SeededShop.Table, measured.Images, _ => RekeyAsync(shop, times));

        Print(measured, times, quiet, busy);
    }

    private static async Task RekeyAsync(SeededShop shop, Dictionary<string, TimeSpan> times)
    {
        var (version, database) = (shop.Next.VersionId, shop.Database);
        var modelSwitch = new ModelPromotion(shop.Sessions, NullLogger<ModelPromotion>.Instance);
        var heads = new HeadCache(new VersionCatalog(database));
        await TimeAsync("keywords of all images", async () =>
        {
            var contents = await KeyedContents.AllAsync(database, shop.Next.ModelId, default);
            await new KeywordLoader(database, heads).LoadAsync(version, contents, _ => { }, default);
        });
        KeywordChanges? changes = null;
        await TimeAsync("what changes", async () => changes = await new KeywordComparison(database).OfAsync(shop.Next, "workspace", default));
        Console.WriteLine(changes?.Words());
        await TimeAsync("begin", () => modelSwitch.BeginAsync(shop.Next, shop.Tables, default));
        await TimeAsync("keywords that came meanwhile", async () =>
        {
            foreach (var batch in (await KeyedContents.MissingAsync(database, shop.Next, default)).Chunk(Batch))
                await new KeywordWriter(database, heads).EnsureAsync(version, batch, default);
            await KeyedContents.MarkKeyedAsync(database, version, default);
        });
        await TimeAsync(
            "rows and indexes of the table", () => modelSwitch.FillTablesAsync(shop.Next, shop.Tables, (_, _) => Task.CompletedTask, default));
        await TimeAsync("the switch", () => modelSwitch.PromoteAsync(shop.Next, shop.Tables, new PromotionEffect(VersionState.Retired), default));

        async Task TimeAsync(string step, Func<Task> work)
        {
            var start = Stopwatch.GetTimestamp();
            await work();
            times[step] = Stopwatch.GetElapsedTime(start);
        }
    }

    /// <summary>What a dry run adds to a training.</summary>
    private static async Task TryAsync(SeededShop shop)
    {
        var (start, next) = (Stopwatch.GetTimestamp(), shop.Next);
        var head = Head.FromBytes(next.Head);
        var contents = await KeyedContents.AllAsync(shop.Database, next.ModelId, default);
        await using var trial = await KeywordTrial.BeginAsync(shop.Database, default);
        var loader = new KeywordLoader(shop.Database, new HeadCache(new VersionCatalog(shop.Database)));
        await loader.TryAsync(trial, new VersionHead(0, next.TrunkId, head), contents, _ => { }, default);
        var changes = await trial.CompareAsync(next.ModelId, head.Labels, head.Thresholds, "workspace", default);
        Console.WriteLine($"As a dry run, in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s: {changes?.Words()}");
    }

    private static void Print(RekeyingCase measured, Dictionary<string, TimeSpan> times, Watch quiet, Watch busy)
    {
        var images = measured.Images;
        var total = times.Values.Aggregate(TimeSpan.Zero, (a, b) => a + b);
        var table = new Table().Title($"{images:N0} images under a new head: {measured}").AddColumns("step", "seconds", "images/s");
        foreach (var (step, time) in times)
            table.AddRow(step, $"{time.TotalSeconds:0.00}", $"{images / time.TotalSeconds:N0}");
        table.AddRow("all of it", $"{total.TotalSeconds:0.00}", $"{images / total.TotalSeconds:N0}");
        table.AddRow("looking at them again, one core", $"{images * SecondsPerImage():N0}", $"{1 / SecondsPerImage():0.0}");
        AnsiConsole.Write(table);

        var noticed = new Table().AddColumns("milliseconds", "before: median", "p99", "during: median", "p99", "longest");
        noticed.AddRow(["keyword search, top 20", .. Row(quiet.Searches, busy.Searches)]);
        noticed.AddRow(["a shop's one-row UPDATE", .. Row(quiet.Updates, busy.Updates)]);
        AnsiConsole.Write(noticed);
        Console.WriteLine($"Answers that were empty or of two versions: {busy.WrongAnswers}");
    }

    private static string[] Row(List<double> before, List<double> during) =>
        [Quantile(before, 0.5), Quantile(before, 0.99), Quantile(during, 0.5), Quantile(during, 0.99), Quantile(during, 1)];

    private static string Quantile(List<double> values, double share)
    {
        values.Sort();
        return values[Math.Min(values.Count - 1, (int)(share * values.Count))].ToString("0.00", CultureInfo.InvariantCulture);
    }

    /// <summary>One tensor through a trunk of the same size, without reading and decoding.</summary>
    private static double SecondsPerImage()
    {
        var options = new VisionOptions { Provider = VisionProvider.Cpu };
        var weights = SafeTensors.Parse(RandomTrunk.Create(ConvNeXtVariant.Find("tiny")!, 1), "random");
        using var embedder = new Embedder(new ConvNeXtTrunk(weights), new Preprocessing(), new InferenceSessionFactory(options), options);
        var pixels = new float[embedder.Identity.Preprocessing.TensorLength];
        embedder.Embed(pixels);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 10; i++)
            embedder.Embed(pixels);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / 10;
    }
}

/// <param name="Images">In the shop's table.</param>
/// <param name="Dimensions">Of an embedding.</param>
/// <param name="Sorted">Columns that have an index with the keyword and the path.</param>
internal sealed record RekeyingCase(int Images, int Dimensions, params string[] Sorted)
{
    public override string ToString() => $"{Dimensions} dimensions, {Sorted.Length} sort columns";
}
