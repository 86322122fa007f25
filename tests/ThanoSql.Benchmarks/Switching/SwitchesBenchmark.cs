using System.Diagnostics;
using Npgsql;
using Spectre.Console;
using ThanoSql.Benchmarks.Indexing;
using ThanoSql.Catalog;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Switching;

/// <summary>
/// The memory of a worker whose model is switched again and again, with a photograph indexed by every version: to a new head on the same trunk, and
/// to a new trunk each time, as fine-tuning makes. Needs a PostgreSQL in <c>Database__ConnectionString</c>, as superuser.
/// </summary>
internal static class SwitchesBenchmark
{
    public const string Description = "A worker's memory over 200 switches to new heads, and 200 to new trunks";

    private const int Switches = 200;
    private const int Look = 40;

    // The worker looks at the catalog once a second: an image that comes before is looked at by the trunk before, and comes again
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(1.2);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table().Title("resident MB after so many switches")
            .AddColumns(["", .. Enumerable.Range(0, (Switches / Look) + 1).Select(i => $"{Math.Max(1, i * Look)}")]);
        table.AddRow(["new heads", .. await MeasureAsync((worker, _) => Task.FromResult(worker.Space), cancellationToken)]);
        table.AddRow(["new trunks", .. await MeasureAsync(NewTrunkAsync, cancellationToken)]);
        AnsiConsole.Write(table);
    }

    private static async Task<List<string>> MeasureAsync(
        Func<BenchmarkWorker, int, Task<EmbeddingSpace>> spaceOf, CancellationToken cancellationToken)
    {
        await using var database = await OwnedDatabase.CreateAsync("switches", cancellationToken);
        await using var worker = await BenchmarkWorker.StartAsync(database.Owner, "ConvNeXt_Atto", cancellationToken);
        var photograph = Photographs.Make(1);
        var resident = new List<string>();
        for (var i = 1; i <= Switches; i++)
        {
            var space = await spaceOf(worker, i);
            var version = await BenchmarkWorker.ServeAsync(database.Owner, space, i, cancellationToken);
            if (space.TrunkId != worker.Space.TrunkId)
                await Task.Delay(Noticed, cancellationToken);
            await worker.Store.WriteAsync(
                new ObjectPath("workspace", $"shop/{i}.jpg"), new MemoryStream([.. photograph, (byte)i]), "image/jpeg", cancellationToken);
            await KeyedAsync(database.Owner, $"shop/{i}.jpg", version.Number, cancellationToken);
            if (i == 1 || i % Look == 0)
                resident.Add(Resident());
        }
        return resident;
    }

    private static Task<EmbeddingSpace> NewTrunkAsync(BenchmarkWorker worker, int seed) =>
        worker.Trunks.AddAsync(
            RandomTrunk.Create(ConvNeXtVariant.Atto, (ulong)seed), TrunkOrigin.Tuned, worker.Space.Embedder.Identity.Preprocessing,
            CancellationToken.None);

    private static async Task KeyedAsync(NpgsqlDataSource database, string path, int version, CancellationToken cancellationToken)
    {
        // As JSON: the index columns come when the worker has found its pipeline
        const string Sql = "SELECT count(*) FROM public.shop s WHERE image_path = $1 AND (to_jsonb(s) ->> 'keyword_version')::integer = $2";
        while (await database.Command(Sql, path, version).ScalarAsync<long>(cancellationToken) == 0)
            await Task.Delay(10, cancellationToken);
    }

    private static string Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return $"{process.WorkingSet64 / 1e6:0}";
    }
}
