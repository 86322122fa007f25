using System.Diagnostics;
using ThanoSql.Benchmarks.Indexing;
using ThanoSql.Catalog;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Throughput;

/// <summary>Images a second of <c>thanosql worker</c> processes that share a queue, from the first event to the last row.</summary>
internal static class ImageRate
{
    public static async Task<double> OfAsync(Uri broker, int processes, int threads, int images, CancellationToken stop)
    {
        var prefix = $"benchmark-{Guid.NewGuid():N}"[..20];
        var folder = Directory.CreateTempSubdirectory("thanosql-benchmark-").FullName;
        await using var database = await OwnedDatabase.CreateAsync("images", stop);
        await PrepareAsync(database, folder, images, stop);
        var workers = Enumerable.Range(0, processes).Select(_ => Start(database, folder, broker, prefix, threads)).ToList();
        try
        {
            foreach (var worker in workers)
                await SaysAsync(worker, "Application started", stop);
            await EventFeed.SendAsync(broker, $"{prefix}-store", processes, 1, stop); // warm: each has loaded the trunk
            await RowsAsync(database, processes, stop);
            var since = Stopwatch.GetTimestamp();
            await EventFeed.SendAsync(broker, $"{prefix}-store", images, 2, stop);
            await RowsAsync(database, images, stop);
            return (images - processes) / Stopwatch.GetElapsedTime(since).TotalSeconds;
        }
        finally
        {
            workers.ForEach(worker => worker.Kill());
            workers.ForEach(worker => worker.Dispose());
            await Queues.RemoveAsync(broker, Queues.Of(prefix));
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PrepareAsync(OwnedDatabase database, string folder, int images, CancellationToken stop)
    {
        var store = new FolderStore(Path.Combine(folder, "store"));
        await store.EnsureBucketAsync("workspace", stop);
        await Parallel.ForAsync(0, images, stop, async (i, token) =>
            await store.WriteAsync(new ObjectPath("workspace", EventFeed.KeyOf(i)), new MemoryStream(Photographs.Make(i)), "image/jpeg", token));
        await using (await BenchmarkWorker.StartAsync(database.Owner, "ConvNeXt_Atto", stop))
        {
            // Table, model and trunk are in the catalog now
        }
        var variant = ConvNeXtVariant.Find("ConvNeXt_Atto")!;
        await File.WriteAllBytesAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "models")).FullName, "ConvNeXt_Atto.safetensors"),
            RandomTrunk.Create(variant, BenchmarkWorker.Seed), stop);
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "pipelines")).FullName, "shop.yaml"), BenchmarkWorker.Pipeline, stop);
    }

    private static Process Start(OwnedDatabase database, string folder, Uri broker, string prefix, int threads)
    {
        var start =
            new ProcessStartInfo(
                "dotnet",
                [Path.Combine(AppContext.BaseDirectory, "thanosql.dll"), "worker", "--urls", "http://127.0.0.1:0"])
            { RedirectStandardOutput = true };
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["Database__ConnectionString"] = database.ConnectionString,
            ["Bus__Transport"] = "rabbitmq",
            ["Bus__RabbitMq__Uri"] = broker.ToString(),
            ["Storage__Kind"] = "folder",
            ["Storage__Folder__Root"] = Path.Combine(folder, "store"),
            ["Models__Folder"] = Path.Combine(folder, "models"),
            ["Indexing__QueuePrefix"] = prefix,
            ["Indexing__Pipelines"] = Path.Combine(folder, "pipelines"),
            ["Indexing__SweepOnStart"] = "false",
            ["Vision__Threads"] = $"{threads}",
        })
        {
            start.Environment[key] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task SaysAsync(Process worker, string text, CancellationToken stop)
    {
        while (await worker.StandardOutput.ReadLineAsync(stop) is { } line && !line.Contains(text, StringComparison.Ordinal))
        {
        }
        _ = worker.StandardOutput.BaseStream.CopyToAsync(Stream.Null, stop); // a full pipe would stop it
    }

    private static async Task RowsAsync(OwnedDatabase database, int rows, CancellationToken stop)
    {
        while (await database.Owner.Command("SELECT count(*) FROM public.shop WHERE keyword_source = 'model'").ScalarAsync<long>(stop) < rows)
            await Task.Delay(20, stop);
    }
}
