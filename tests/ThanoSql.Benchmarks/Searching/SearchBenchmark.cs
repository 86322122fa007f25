using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Benchmarks.Searching;

/// <summary>
/// Searches a second of <c>thanosql query</c> against a minimal API over the same table, each a process of its own, driven in turns by one load
/// generator outside both.
/// </summary>
internal static class SearchBenchmark
{
    public const string Description = "GET /api/v1/search against a hand-written minimal API; --rows 100000 | 1000000 | 10000000";

    private const int Turns = 3;
    private const int Seconds = 2;

    private static readonly int[] Connections = [1, 16, 64];

    public static async Task RunAsync(int rows, CancellationToken stop)
    {
        var broker = Environment.GetEnvironmentVariable("Bus__RabbitMq__Uri") ?? throw new InvalidOperationException(
            "Set Bus__RabbitMq__Uri to a RabbitMQ (infra/servers.sh env prints one).");
        await using var database = await OwnedDatabase.CreateAsync("search", stop);
        await SearchedShop.FillAsync(database.Owner, rows, stop);
        var token = await new TokenCatalog(database.Owner, TimeProvider.System).CreateAsync("shop", TokenScope.Search, null, stop);
        var folder = Directory.CreateTempSubdirectory("thanosql-benchmark-").FullName;
        try
        {
            using var ours = await Contestant.OursAsync(database, broker, folder, token, stop);
            using var rival = await Contestant.RivalAsync(database, stop);
            Console.WriteLine($"{rows} rows; requests/s, median ms, p99 ms, bytes allocated a request; ours | rival | ratios");
            foreach (var contest in await ContestsAsync(ours, stop))
            {
                foreach (var connections in Connections)
                    await CompareAsync((contest, connections), (ours, rival), folder, stop);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(
        (Contest Of, int Connections) contest, (Contestant Ours, Contestant Rival) contestants, string folder, CancellationToken stop)
    {
        var (ours, rival) = (new List<Measured>(), new List<Measured>());
        for (var turn = -1; turn < Turns; turn++) // the first warms up
        {
            var first = await MeasureAsync(contestants.Ours, contest.Of.Ours, contest.Connections, folder, stop);
            var second = await MeasureAsync(contestants.Rival, contest.Of.Rival, contest.Connections, folder, stop);
            if (turn < 0)
                continue;
            ours.Add(first);
            rival.Add(second);
        }
        var (we, they) = (Measured.Middle(ours), Measured.Middle(rival));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{contest.Of.Name,-30} {contest.Connections,2} connections: {we} | {they} | "
            + $"rate {we.Rate / they.Rate:F2}, median {we.Median / they.Median:F2}, bytes {we.Bytes / they.Bytes:F2}"));
    }

    private static async Task<Measured> MeasureAsync(Contestant who, string query, int connections, string folder, CancellationToken stop)
    {
        using var client = new HttpClient();
        var before = await who.AllocatedAsync(client, stop);
        var load = await Wrk.RunAsync(new Uri(who.Address, query), who.Token, connections, Seconds, folder, stop);
        var bytes = await who.AllocatedAsync(client, stop) - before;
        return new Measured(load.Rate, load.Median, load.P99, (double)bytes / load.Requests);
    }

    private static async Task<IReadOnlyList<Contest>> ContestsAsync(Contestant ours, CancellationToken stop)
    {
        const string search = "api/v1/search?table=products&";
        var (next, score, path) = await PageAsync(ours, $"{search}keyword=label%207", page: 50, stop);
        return
        [
            new Contest("one keyword", $"{search}keyword=label%207", "search?keyword=label%207"),
            new Contest(
                "two keywords, price, by date", $"{search}keyword=label%207&keyword=label%208&price.lte=10000&sort=-created_at",
                "latest?keyword=label%207&keyword=label%208&price=10000"),
            new Contest("page 50", $"{search}keyword=label%207&after={next}", $"search?keyword=label%207&score={score}&path={path}"),
            new Contest("no match", $"{search}keyword=label%2099", "search?keyword=label%2099"),
        ];
    }

    private static async Task<(string Next, string Score, string Path)> PageAsync(Contestant ours, string query, int page, CancellationToken stop)
    {
        using var client = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", ours.Token) } };
        (string Next, string Score, string Path) last = default;
        for (var at = 1; at < page; at++)
        {
            var address = new Uri(ours.Address, last.Next is null ? query : $"{query}&after={last.Next}");
            using var answer = JsonDocument.Parse(await client.GetStringAsync(address, stop));
            var hit = answer.RootElement.GetProperty("results").EnumerateArray().Last();
            last = (answer.RootElement.GetProperty("next").GetString()!, hit.GetProperty("score").GetRawText(),
                Uri.EscapeDataString(hit.GetProperty("path").GetString()!));
        }
        return last;
    }

    /// <param name="Ours">The query of our service.</param>
    /// <param name="Rival">The same of the rival.</param>
    private sealed record Contest(string Name, string Ours, string Rival);

    private sealed record Measured(double Rate, double Median, double P99, double Bytes)
    {
        /// <summary>The middle one of each figure.</summary>
        public static Measured Middle(IReadOnlyList<Measured> all) =>
            new(Middle(all, m => m.Rate), Middle(all, m => m.Median), Middle(all, m => m.P99), Middle(all, m => m.Bytes));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rate,6:F0} {Median,6:F2} {P99,6:F1} {Bytes,6:F0}");

        private static double Middle(IReadOnlyList<Measured> all, Func<Measured, double> figure) =>
            all.Select(figure).Order().ElementAt(all.Count / 2);
    }
}
