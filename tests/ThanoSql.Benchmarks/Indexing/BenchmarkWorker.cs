using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Embedding;
using ThanoSql.Storage.Folder;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Trunks;
using ThanoSql.Worker;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>A worker on a folder store and the in-memory bus or RabbitMQ, with a random trunk and a pipeline of its own.</summary>
internal sealed class BenchmarkWorker : IAsyncDisposable
{
    /// <summary>Of the random trunk's weights.</summary>
    public const int Seed = 7;

    public const string Pipeline = "name: shop\nprefix: shop/\ntable: shop\nrows: create\nmodel: { name: benchmark }\n";

    private readonly string _folder;
    private readonly IHost _host;

    private BenchmarkWorker(string folder, FolderStore store, IHost host, EmbeddingSpace space) =>
        (_folder, Store, _host, Space) = (folder, store, host, space);

    public FolderStore Store { get; }

    public EmbeddingSpace Space { get; }

    public EmbeddingSpaces Trunks => _host.Services.GetRequiredService<EmbeddingSpaces>();

    /// <param name="database">Migrated and empty.</param>
    /// <param name="algorithm">Of its model.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="broker">RabbitMQ and what begins the names of its queues, instead of the in-memory bus; the store's changes are announced by the
    /// caller then.</param>
    /// <param name="settings">Configuration beside its own, for example another provider than the CPU.</param>
    public static async Task<BenchmarkWorker> StartAsync(
        NpgsqlDataSource database, string algorithm, CancellationToken cancellationToken, (Uri Uri, string Prefix)? broker = null,
        IReadOnlyDictionary<string, string?>? settings = null)
    {
        var folder = Directory.CreateTempSubdirectory("thanosql-benchmark-").FullName;
        var store = new FolderStore(folder);
        await store.EnsureBucketAsync("workspace", cancellationToken);
        var pipelines = Directory.CreateDirectory(Path.Combine(folder, ".pipelines")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(pipelines, "shop.yaml"), Pipeline, cancellationToken);
        await using (var create = database.CreateCommand("CREATE TABLE public.shop (image_path text)"))
            await create.ExecuteNonQueryAsync(cancellationToken);

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["Indexing:Pipelines"] = pipelines, ["Indexing:SweepOnStart"] = "false" });
        if (broker is { } queues)
            builder.Configuration["Indexing:QueuePrefix"] = queues.Prefix;
        AddServices(builder, database, store, Path.Combine(folder, ".trunks"), broker?.Uri, settings);
        var host = builder.Build();
        var space = await AddModelAsync(database, host.Services, folder, algorithm, cancellationToken);
        await host.StartAsync(cancellationToken);
        return new BenchmarkWorker(folder, store, host, space);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<EmbeddingSpace> AddModelAsync(
        NpgsqlDataSource database, IServiceProvider services, string folder, string algorithm, CancellationToken cancellationToken)
    {
        var trunks = Directory.CreateDirectory(Path.Combine(folder, ".trunks")).FullName;
        var variant = ConvNeXtVariant.Find(algorithm) ?? throw new ArgumentException($"There is no algorithm '{algorithm}'.", nameof(algorithm));
        await File.WriteAllBytesAsync(
            Path.Combine(trunks, variant.AlgorithmName + ".safetensors"), RandomTrunk.Create(variant, Seed), cancellationToken);
        var space = await services.GetRequiredService<EmbeddingSpaces>().OpenAsync(algorithm, null, cancellationToken);
        await ServeAsync(database, space, Seed, cancellationToken);
        return space;
    }

    /// <summary>Puts a version with a random head into service, as the first one or in the place of the one before.</summary>
    public static async Task<ModelVersion> ServeAsync(NpgsqlDataSource database, EmbeddingSpace space, int seed, CancellationToken cancellationToken)
    {
        var head = RandomHead(space, seed);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var model = await ModelCatalog.EnsureAsync(
            connection, new ModelTraits("benchmark", "ConvNeXt_Tiny", "image_path", "label", ModelDialect.New), cancellationToken);
        var version = await VersionCatalog.AddAsync(
            connection, model, new NewVersion(space.TrunkId, head.Labels, head.ToBytes(), "{}", "", "{}", ""), cancellationToken);
        await connection.Command("UPDATE thanosql.model SET current_version_id = $2 WHERE model_id = $1", model, version.VersionId)
            .RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await using var load = await KeywordLoad.BeginAsync(database, version.VersionId, cancellationToken);
        await load.CompleteAsync([], cancellationToken);
        return version;
    }

    /// <summary>Of twelve labels.</summary>
    public static Head RandomHead(EmbeddingSpace space, int seed)
    {
        var random = new Random(seed);
        string[] labels = [.. Enumerable.Range(0, 12).Select(i => $"label {i}")];
        var weights = Enumerable.Range(0, labels.Length * space.Embedder.Size).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        return new Head(labels, weights, new float[labels.Length], new float[labels.Length]);
    }

    private static void AddServices(
        HostApplicationBuilder builder, NpgsqlDataSource database, FolderStore store, string trunks, Uri? broker,
        IReadOnlyDictionary<string, string?>? settings)
    {
        var services = builder.Services;
        services.AddSingleton(database).AddGuardedStore(_ => store);
        if (broker is null)
            services.AddSingleton(store);
        services.Configure<MassTransitHostOptions>(bus => bus.WaitUntilStarted = true);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Vision:Provider"] = "cpu",
            ["Models:Folder"] = trunks,
            ["Models:BundledFolder"] = trunks + "-none",
            ["Models:Download"] = "false",
        });
        if (settings is not null)
            builder.Configuration.AddInMemoryCollection(settings);
        services.AddEmbedding(builder.Configuration);
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddWorkerConsumers();
            if (broker is null)
            {
                bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
            }
            else
            {
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    rabbit.Host(broker);
                    rabbit.ConfigureEndpoints(context);
                });
            }
        });
        services.AddWorker(builder.Configuration);
    }
}
