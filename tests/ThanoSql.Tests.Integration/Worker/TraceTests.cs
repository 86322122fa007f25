using System.Collections.Concurrent;
using System.Diagnostics;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Worker;

namespace ThanoSql.Tests.Integration.Worker;

public sealed class TraceTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = "name: products\nprefix: p/\ntable: products\nrows: create\nmodel: { name: foods }\n";

    [Fact]
    public async Task A_trace_follows_an_image_from_its_event_to_its_row_through_every_stage()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == IndexingTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products], watch: false);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");
        var key = $"p/{Guid.NewGuid():N}.png";

        await world.PutAsync(key, Picture.Of(1));
        await world.AnnounceAsync(key, sequencer: "01");
        await world.EventuallyAsync("SELECT image_path, keyword_source FROM products", $"{key}|model");
        await world.StopAsync(); // every span has ended

        var image = ended.Single(a => Equals(a.GetTagItem("key"), key));
        image.OperationName.ShouldBe("index image");
        image.GetTagItem("outcome").ShouldBe("Indexed");
        image.StartTimeUtc.ShouldBe(
            (await world.Database.CreateCommand("SELECT event_at FROM thanosql.image").ExecuteScalarAsync()).ShouldBeOfType<DateTime>());
        ended.Where(a => a.ParentSpanId == image.SpanId).OrderBy(a => a.StartTimeUtc).Select(a => a.OperationName).ShouldBe(
            ["read", "embed", "write"]);
    }
}
