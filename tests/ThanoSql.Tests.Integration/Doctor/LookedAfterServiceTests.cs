using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Indexer.Doctor;
using ThanoSql.Storage;
using ThanoSql.Tests.Integration.Shop;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>Doctor, alerts and dashboard beside a service that runs, with RabbitMQ, pictures and a model.</summary>
public sealed partial class LookedAfterServiceTests(RunningShop shop) : IClassFixture<RunningShop>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    // Prometheus' own
    private static readonly Dictionary<string, HashSet<string>> OfPrometheus = new() { ["up"] = ["job", "instance"] };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beside_a_service_that_runs_it_finds_all_of_it_and_an_event_goes_round()
    {
        var settings = shop.Services.GetRequiredService<IConfiguration>();
        using var visit = new DoctorVisit([.. settings.AsEnumerable().Where(s => s.Value is not null).Select(s => (s.Key, s.Value))])
        {
            Services = [new Uri(shop.Address)],
        };

        var report = await visit.RunAsync();

        string[] well =
        [
            "service", "versions", "database", "migrations", "roles", "vacuum", "store", "uploads", "events", "bus", "queues", "clocks", "models",
        ];
        foreach (var check in well)
            report.Of(check).Verdict.ShouldBe(Verdict.Ok, $"{check}: {report.Of(check).Seen} {report.Of(check).Advice}");
        report.ShouldSay("events", Verdict.Ok, "was taken in");
        report.ShouldSay("models", Verdict.Ok, "diet_image_classification 1");
        await using var known = shop.Services.GetRequiredService<NpgsqlDataSource>()
            .CreateCommand($"SELECT count(*) FROM thanosql.image WHERE key LIKE '{StoreProbe.Prefix}%'");
        (await known.ExecuteScalarAsync(Cancellation)).ShouldBe(0L);
        report.Checks.Select(c => c.Name).Except(well).ShouldBe(["connections", "disk", "gpu"], ignoreOrder: true);
    }

    [Fact]
    public async Task Every_metric_and_label_of_alerts_and_dashboard_is_exposed()
    {
        await BreakAsync();
        var rules = Monitored.Alerts().Select(rule => (Name: rule.Alert, rule.Expr));
        var panels = Monitored.Panels().SelectMany(panel => panel.Expressions.Select(e => (Name: panel.Title, Expr: e)));
        var asked = rules.Concat(panels).SelectMany(e => Expression.Read(e.Expr).Select(s => (e.Name, s.Metric, s.Labels))).ToList();
        asked.Count.ShouldBeGreaterThan(20);

        for (var deadline = DateTime.UtcNow + Patience; ; await Task.Delay(100, Cancellation))
        {
            var exposed = await ExposedAsync();
            var missing = asked.SelectMany(a => Missing(exposed, a.Metric, a.Labels).Select(what => $"{a.Name}: {what}")).Distinct().ToList();
            if (missing.Count == 0)
                return;
            if (DateTime.UtcNow > deadline)
            {
                // Hosts of one process share a counter of one name, and the first that ends takes it along: then its instrument has to do
                var instruments = Instruments();
                missing.RemoveAll(what => what.EndsWith("is not exposed", StringComparison.Ordinal) && instruments.Exists(what.Contains));
                missing.ShouldBeEmpty(string.Join('\n', exposed.Select(e => $"{e.Key}: {string.Join(",", e.Value)}")));
                return;
            }
        }
    }

    private static List<string> Instruments()
    {
        var names = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => names.Add(instrument.Name.Replace('.', '_')) };
        listener.Start();
        return names;
    }

    private static IEnumerable<string> Missing(Dictionary<string, HashSet<string>> exposed, string metric, IEnumerable<string> labels) =>
        (OfPrometheus.GetValueOrDefault(metric) ?? exposed.GetValueOrDefault(metric)) is { } known
            ? labels.Where(label => !known.Contains(label) && label != "instance").Select(label => $"{metric} has no label {label}")
            : [$"{metric} is not exposed"];

    /// <summary>What has a metric only when something went wrong, or was looked at.</summary>
    private async Task BreakAsync()
    {
        await shop.Services.GetRequiredService<IObjectStore>().WriteAsync(
            new ObjectPath("workspace", "products/broken.png"), new MemoryStream([1, 2, 3]), null, Cancellation);
        using (var made = await shop.Http.PostAsJsonAsync(
            new Uri("/api/v1/links", UriKind.Relative), new { paths = new[] { "examples/red-1.png" }, width = 32 }, Cancellation))
        {
            var link = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("links")[0].GetProperty("url").GetString()!;
            (await shop.Http.GetByteArrayAsync(new Uri(link), Cancellation)).ShouldNotBeEmpty();
        }
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/search?table=products", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        using (var refused = await shop.Http.SendAsync(request, Cancellation))
            refused.StatusCode.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
    }

    /// <summary>The names of all series, with the labels that some series of that name have.</summary>
    private async Task<Dictionary<string, HashSet<string>>> ExposedAsync()
    {
        var text = await shop.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        var exposed = new Dictionary<string, HashSet<string>>();
        foreach (var match in Series().Matches(text).AsEnumerable())
        {
            if (!exposed.TryGetValue(match.Groups["name"].Value, out var labels))
                exposed[match.Groups["name"].Value] = labels = [];
            labels.UnionWith(Label().Matches(match.Groups["labels"].Value).Select(l => l.Groups["label"].Value));
        }
        return exposed;
    }

    [GeneratedRegex(@"^(?<name>[a-z_][a-z0-9_]*)(\{(?<labels>.*)\})? [^ \n]+$", RegexOptions.Multiline)]
    private static partial Regex Series();

    [GeneratedRegex(@"(?<label>[a-z_][a-z0-9_]*)=""([^""\\]|\\.)*""")]
    private static partial Regex Label();
}
