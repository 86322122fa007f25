using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Indexer.Telemetry;

namespace ThanoSql.Tests.Unit.Indexer;

public sealed class MetricsTests : IAsyncLifetime
{
    // Providers hear every meter of the process: each test has instruments of its own names.
    private readonly Meter _meter = new("ThanoSql.Tests");
    private readonly string _name = $"t{Guid.NewGuid():N}";
    private readonly WebApplication _app = App();
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _app.MapMetrics();
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task A_counter_is_a_sum_for_each_set_of_labels_whatever_their_order()
    {
        var images = _meter.CreateCounter<long>($"{_name}.images", "{image}", "Images by outcome");
        images.Add(2, new("outcome", "indexed"), new("kind", 1));
        images.Add(3, new("kind", 1), new("outcome", "indexed"));
        images.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));

        (await LinesAsync()).ShouldBe(
        [
            $"# TYPE {_name}_images_total counter", $"# HELP {_name}_images_total Images by outcome",
            $$"""{{_name}}_images_total{kind="1",outcome="indexed"} 5""", $$"""{{_name}}_images_total{outcome="failed"} 1""",
        ]);
    }

    [Fact]
    public async Task A_histogram_has_cumulative_buckets_that_hold_their_upper_bound()
    {
        var lag = _meter.CreateHistogram(
            $"{_name}.lag", "s", "", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 2] });
        foreach (var seconds in new[] { 0.05, 0.1, 0.3, 1.5, 7 })
            lag.Record(seconds, new KeyValuePair<string, object?>("stage", "write"));

        (await LinesAsync()).Skip(1).ShouldBe(
        [
            $$"""{{_name}}_lag_seconds_bucket{stage="write",le="0.1"} 2""", $$"""{{_name}}_lag_seconds_bucket{stage="write",le="0.5"} 3""",
            $$"""{{_name}}_lag_seconds_bucket{stage="write",le="2"} 4""", $$"""{{_name}}_lag_seconds_bucket{stage="write",le="+Inf"} 5""",
            $$"""{{_name}}_lag_seconds_sum{stage="write"} 8.95""", $$"""{{_name}}_lag_seconds_count{stage="write"} 5""",
        ]);
    }

    [Fact]
    public async Task Gauges_say_what_is_so_now_and_forget_what_is_not_observed_any_more()
    {
        List<Measurement<int>> queues =
            [new(4, new KeyValuePair<string, object?>("queue", "a")), new(1, new KeyValuePair<string, object?>("queue", "b"))];
        _meter.CreateObservableGauge($"{_name}.depth", () => queues);
        var open = _meter.CreateUpDownCounter<int>($"{_name}.open");
        open.Add(5);
        open.Add(-3);

        (await LinesAsync()).Where(l => l[0] != '#').ShouldBe(
            [$$"""{{_name}}_depth{queue="a"} 4""", $$"""{{_name}}_depth{queue="b"} 1""", $$"""{{_name}}_open{} 2"""]);
        queues.RemoveAt(0);
        (await LinesAsync()).Where(l => l[0] != '#').ShouldBe([$$"""{{_name}}_depth{queue="b"} 1""", $$"""{{_name}}_open{} 2"""]);
    }

    [Fact]
    public async Task Quotes_backslashes_and_line_breaks_are_escaped_and_foreign_characters_of_names_replaced()
    {
        _meter.CreateCounter<long>($"{_name}.a-b", null, "back\\slash\nbreak \"quote\"").Add(
            1, new KeyValuePair<string, object?>("1 사과", "a\"b\\c\nd 과일"));

        (await LinesAsync()).ShouldBe(
        [
            $"# TYPE {_name}_a_b_total counter", $"""# HELP {_name}_a_b_total back\\slash\nbreak "quote" """.TrimEnd(),
            $$"""{{_name}}_a_b_total{_1_="a\"b\\c\nd 과일"} 1""",
        ]);
    }

    [Fact]
    public async Task A_histogram_without_buckets_of_its_own_gets_those_of_its_unit()
    {
        _meter.CreateHistogram<double>($"{_name}.lag", "s").Record(0.004);
        _meter.CreateHistogram<int>($"{_name}.batch", "{image}").Record(3);

        var lines = await LinesAsync();

        lines.ShouldContain($$"""{{_name}}_lag_seconds_bucket{le="0.005"} 1""");
        lines.ShouldContain($$"""{{_name}}_lag_seconds_bucket{le="1800"} 1""");
        lines.ShouldContain($$"""{{_name}}_batch_bucket{le="5"} 1""");
        lines.ShouldContain($$"""{{_name}}_batch_bucket{le="10000"} 1""");
    }

    [Fact]
    public async Task The_endpoint_answers_without_a_token_in_the_text_format_and_hears_the_factorys_meters()
    {
        _app.Services.GetRequiredService<IMeterFactory>().Create("ThanoSql.Worker").CreateCounter<int>(_name).Add(7);
        // As Prometheus asks: it would rather have the other format.
        _client.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");

        using var response = await _client.GetAsync("/metrics", TestContext.Current.CancellationToken);

        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain($$"""{{_name}}_total{} 7""");
    }

    private static WebApplication App()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddAuthorization();
        return builder.Build();
    }

    private async Task<List<string>> LinesAsync()
    {
        var text = await _client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        return [.. text.Split('\n').Where(line => line.Contains(_name, StringComparison.Ordinal))];
    }
}
