using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Worker;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Benchmarks.Sweeping;

/// <summary>
/// What sweeps take by themselves, without a look at any picture: the first one, which makes every object due, and one that finds all as it was, is
/// stopped in the middle and goes on. Needs a PostgreSQL in <c>Database__ConnectionString</c>, as superuser.
/// </summary>
internal static class SweepBenchmark
{
    public const string FolderDescription = "--objects N files (1,000,000) of one folder listed and compared: time, pages, memory of the process";
    public const string S3Description = "the same with an S3 server (Storage__S3__*) and 100,000 objects at most";

    private const int MostOnS3 = 100_000;
    private const double NoPause = 1000; // pages a second: the option's upper end

    public static async Task RunFolderAsync(int objects, CancellationToken cancellationToken)
    {
        using var files = ManyFiles.Write(objects, cancellationToken);
        await MeasureAsync(files.Store, ManyFiles.Bucket, objects, cancellationToken);
    }

    public static async Task RunS3Async(int objects, CancellationToken cancellationToken)
    {
        await using var stored = await ManyObjects.PutAsync(Math.Min(objects, MostOnS3), cancellationToken);
        await MeasureAsync(stored.Store, stored.Bucket, stored.Count, cancellationToken);
    }

    private static async Task MeasureAsync(IObjectStore store, string bucket, int objects, CancellationToken cancellationToken)
    {
        await using var database = await OwnedDatabase.CreateAsync("sweep", cancellationToken);
        await database.Owner.Command(
            """
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition) VALUES ('p', $1, '', 'shop', 'm', '{}')
            """,
            bucket).RunAsync(cancellationToken);
        await SweepAsync("first", store, bucket, database, int.MaxValue, cancellationToken);
        await SettleAsync(store, bucket, database, cancellationToken);
        await SweepAsync("nothing new, stopped", store, bucket, database, objects / 2000, cancellationToken);
        await SweepAsync("the rest of it", store, bucket, database, int.MaxValue, cancellationToken);
    }

    /// <param name="what">For people.</param>
    /// <param name="store">Listed.</param>
    /// <param name="bucket">Of the objects.</param>
    /// <param name="database">Compared with.</param>
    /// <param name="pages">Stopped after so many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private static async Task SweepAsync(
        string what, IObjectStore store, string bucket, OwnedDatabase database, int pages, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var measured = new MeasuredStore(store) { AfterPage = count => stop.CancelAfter(count < pages ? Timeout.InfiniteTimeSpan : TimeSpan.Zero) };
        await using var meters = new ServiceCollection().AddMetrics().AddSingleton<IndexingTelemetry>().BuildServiceProvider();
        var sweeper = new Sweeper(
            measured, new SweepLedger(database.Owner), meters.GetRequiredService<IndexingTelemetry>(), TimeProvider.System,
            Options.Create(new IndexingOptions { SweepPagesPerSecond = NoPause }), Options.Create(new SweepOptions()), NullLogger<Sweeper>.Instance);
        var before = PeakMemory.Reset();
        var since = Stopwatch.GetTimestamp();
        SweepProgress? found = null;
        try
        {
            found = await sweeper.SweepAsync(bucket, acceptLoss: false, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // in the middle, as wanted
        }
        Print(what, found, Stopwatch.GetElapsedTime(since), measured, before);
    }

    private static void Print(string what, SweepProgress? found, TimeSpan took, MeasuredStore pages, long before)
    {
        var (listed, compared) = (Timings.Of(pages.Listed), Timings.Of(pages.Compared));
        Console.WriteLine(FormattableString.Invariant(
            $"""
             {what}: {took.TotalSeconds:0.0} s for {pages.Listed.Count} pages; {found?.Changed ?? 0:N0} new or changed, {found?.Gone ?? 0:N0} gone
               listing {pages.Listed.Sum() / 1000:0.0} s: first page {pages.Listed[0]:0} ms, median {listed.Median:0.0} ms, p99 {listed.P99:0.0} ms
               comparing {pages.Compared.Sum() / 1000:0.0} s: median {compared.Median:0.0} ms, p99 {compared.P99:0.0} ms
               memory {before / 1e6:0} MB before, {PeakMemory.Bytes / 1e6:0} MB at most
             """));
    }

    /// <summary>As workers leave the images behind that they have looked at.</summary>
    private static async Task SettleAsync(IObjectStore store, string bucket, OwnedDatabase database, CancellationToken cancellationToken)
    {
        await foreach (var page in store.ListAsync(bucket, "", null, cancellationToken))
        {
            await database.Owner.Command(
                """
                UPDATE thanosql.image i SET state = 'indexed', etag = o.etag, size = o.size
                FROM unnest($2::text[], $3::text[], $4::bigint[]) AS o (key, etag, size) WHERE i.bucket = $1 AND i.key = o.key
                """,
                bucket, page.Objects.Select(o => o.Key).ToArray(), page.Objects.Select(o => o.ETag).ToArray(),
                page.Objects.Select(o => o.Size).ToArray()).RunAsync(cancellationToken);
        }
        await database.Owner.Command("VACUUM ANALYZE thanosql.image").RunAsync(cancellationToken);
    }
}
