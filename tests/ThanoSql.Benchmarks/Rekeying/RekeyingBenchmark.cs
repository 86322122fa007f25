using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Embedding;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Rekeying;

/// <summary>
/// A new head over embeddings of 768 dimensions and 100 labels: how fast a version is keyed and switched in, and what a search and a shop's one-row
/// UPDATE notice of it. Needs a PostgreSQL in <c>Database__ConnectionString</c>, as superuser.
/// </summary>
public static class RekeyingBenchmark
{
    private const int Batch = 2000;

    /// <param name="args">The number of images; 100,000 when absent.</param>
    public static async Task RunAsync(string[] args)
    {
        var images = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        await using var shop = await SeededShop.CreateAsync(images, CancellationToken.None);
        var quiet = await Watch.OverAsync(shop.Database, SeededShop.Table, images, over => Task.Delay(TimeSpan.FromSeconds(10), over));

        var times = new Dictionary<string, TimeSpan>();
        var busy = await Watch.OverAsync(shop.Database, SeededShop.Table, images, _ => RekeyAsync(shop, times));

        Print(images, times, quiet, busy);
    }

    private static async Task RekeyAsync(SeededShop shop, Dictionary<string, TimeSpan> times)
    {
        var modelSwitch = new ModelPromotion(shop.Sessions, NullLogger<ModelPromotion>.Instance);
        var writer = new KeywordWriter(shop.Database, new HeadCache(new VersionCatalog(shop.Database)));
        await TimeAsync("begin", () => modelSwitch.BeginAsync(shop.Next, shop.Tables, default));
        await TimeAsync("keywords of all images", async () =>
        {
            foreach (var batch in (await KeyedContents.MissingAsync(shop.Database, shop.Next, default)).Chunk(Batch))
                await writer.EnsureAsync(shop.Next.VersionId, batch, default);
            await KeyedContents.MarkKeyedAsync(shop.Database, shop.Next.VersionId, default);
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

    private static void Print(int images, Dictionary<string, TimeSpan> times, Watch quiet, Watch busy)
    {
        var total = times.Values.Aggregate(TimeSpan.Zero, (a, b) => a + b);
        var table = new Table().Title($"{images:N0} images under a new head").AddColumns("step", "seconds", "images/s");
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
