using System.Globalization;
using System.Net.Http.Headers;
using ThanoSql.Benchmarks.Searching;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Benchmarks.Paging;

/// <summary>What the page costs its service: time to the first screen of the search, and memory with many pages open.</summary>
internal static class PageBenchmark
{
    public const string Description = "first screen of the page at the server, and memory of 50 open pages; --rows 1000000; needs chromium";

    private const int Looks = 200;
    private const int Pages = 50;
    private const int Megabyte = 1_000_000;

    public static async Task RunAsync(int rows, CancellationToken stop)
    {
        var broker = Environment.GetEnvironmentVariable("Bus__RabbitMq__Uri") ?? throw new InvalidOperationException(
            "Set Bus__RabbitMq__Uri to a RabbitMQ (infra/servers.sh env prints one).");
        await using var database = await OwnedDatabase.CreateAsync("page", stop);
        await SearchedShop.FillAsync(database.Owner, rows, stop);
        var tokens = new TokenCatalog(database.Owner, TimeProvider.System);
        var secret = await tokens.CreateAsync("operator", TokenScope.Admin, null, stop);
        var folder = Directory.CreateTempSubdirectory("thanosql-benchmark-").FullName;
        try
        {
            using var service = await Contestant.OursAsync(database, broker, folder, secret, stop);
            await LookAsync(service, rows, stop);
            var token = (await tokens.AuthenticateAsync(secret, stop))!;
            await OpenAsync(service, await new SignInLinks(database.Owner, TimeProvider.System).CreateAsync(token, stop), stop);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>As a browser that is signed in asks for it, one after the other.</summary>
    private static async Task LookAsync(Contestant service, int rows, CancellationToken stop)
    {
        using var client = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", service.Token) } };
        var bytes = 0;
        var times = await Timings.InterleavedAsync(
            Looks, [async running => bytes = (await client.GetByteArrayAsync(new Uri(service.Address, "?table=products"), running)).Length], stop);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rows} rows: first screen of the search in {times[0].Median:F1} ms (median), {times[0].P99:F1} ms (p99); {bytes / 1000} kB"));
    }

    private static async Task OpenAsync(Contestant service, string code, CancellationToken stop)
    {
        await using var browser = await OpenPages.StartAsync();
        await browser.OpenAsync(new Uri(service.Address, $"sign-in?code={code}"));
        var before = service.ResidentBytes(); // with what all pages share
        for (var page = 0; page < Pages; page++)
        {
            stop.ThrowIfCancellationRequested();
            await browser.OpenAsync(new Uri(service.Address, "?table=products"));
        }
        var after = service.ResidentBytes();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Pages} pages open: {(after - before) / Megabyte} MB more, {(double)(after - before) / Pages / Megabyte:F1} MB a page; "
            + $"{after / Megabyte} MB in all"));
    }
}
