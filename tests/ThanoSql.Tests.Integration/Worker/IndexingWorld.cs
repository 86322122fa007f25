using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Embedding;
using ThanoSql.Messages;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Imaging;
using ThanoSql.Worker;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>A worker as the product composes it: PostgreSQL, a folder store, the in-memory bus and a small random trunk.</summary>
internal sealed class IndexingWorld : IAsyncDisposable
{
    public const string Bucket = "workspace";
    public static readonly string[] Labels = ["과일", "채소", "생선"];

    private static readonly Dictionary<string, string?> Vision = new()
    {
        ["Vision:Provider"] = "cpu",
        ["Vision:Threads"] = "2",
        ["Models:Folder"] = Path.Combine(Path.GetTempPath(), "thanosql-test-trunks"),
        ["Models:BundledFolder"] = Path.Combine(Path.GetTempPath(), "thanosql-test-trunks-none"),
        ["Models:Download"] = "false",
    };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-test-").FullName;
    private readonly Lazy<ServiceProvider> _embedding;
    private IHost? _host;

    private IndexingWorld(NpgsqlDataSource database)
    {
        (Database, Folder) = (database, new FolderStore(_folder));
        Store = new HookedStore(Folder);
        _embedding = new Lazy<ServiceProvider>(Services);
    }

    public NpgsqlDataSource Database { get; }

    public FolderStore Folder { get; }

    public HookedStore Store { get; }

    /// <summary>A broker to use instead of the in-memory bus.</summary>
    public string? RabbitMq { get; init; }

    public T Get<T>()
        where T : notnull => _host!.Services.GetRequiredService<T>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A fresh catalog in the server's database, and a store of its own; the worker is not started.</summary>
    public static async Task<IndexingWorld> CreateAsync(PostgresServer server, string? rabbitMq = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString) { SearchPath = "public" };
        var world = new IndexingWorld(NpgsqlDataSource.Create(settings.ConnectionString)) { RabbitMq = rabbitMq };
        await world.SqlAsync("""
            DROP SCHEMA IF EXISTS thanosql, thanosql_tables CASCADE;
            DO $$ DECLARE item record; BEGIN
                FOR item IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
                    EXECUTE format('DROP TABLE %s CASCADE', item.name);
                END LOOP;
            END $$
            """);
        await new Migrator(world.Database, Microsoft.Extensions.Logging.Abstractions.NullLogger<Migrator>.Instance).RunAsync(Cancellation);
        await world.Folder.EnsureBucketAsync(Bucket, Cancellation);
        return world;
    }

    /// <summary>Starts a worker with these pipelines.</summary>
    /// <param name="pipelines">Written as a person would: YAML.</param>
    /// <param name="watch">Whether the folder's changes become events by themselves.</param>
    /// <param name="settings">Further configuration.</param>
    public async Task StartAsync(string[] pipelines, bool watch = true, params (string Key, string Value)[] settings)
    {
        var files = Directory.CreateDirectory(Path.Combine(_folder, ".pipelines")).FullName;
        for (var i = 0; i < pipelines.Length; i++)
            await File.WriteAllTextAsync(Path.Combine(files, $"{i}.yaml"), pipelines[i], Cancellation);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(Vision);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Indexing:Pipelines"] = files,
            ["Indexing:Poll"] = "00:00:00.100",
            ["Indexing:Refresh"] = "00:00:00.300",
            ["Indexing:FirstRetry"] = "00:00:00.050",
            ["Indexing:SweepOnStart"] = "false",
            ["Indexing:SweepSchedule"] = "0 0 0 1 1 ? 2099", // a test may run at any minute of the hour
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        AddServices(builder, watch);
        var starting = builder.Build();
        await starting.StartAsync(Cancellation);
        _host = starting;
    }

    public async Task StopAsync()
    {
        if (_host is null)
            return;
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        _host = null;
    }

    /// <summary>A model over the random trunk with a random head. <paramref name="seed"/> makes other answers.</summary>
    public async Task<Head> ModelAsync(string name, int seed = 1)
    {
        var space = await SpaceAsync();
        var random = new Random(seed);
        var weights = Enumerable.Range(0, Labels.Length * space.Embedder.Size).Select(_ => (float)((random.NextDouble() - 0.5) * 60)).ToArray();
        var head = new Head(Labels, weights, new float[Labels.Length], new float[Labels.Length]);
        await using var connection = await Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var model = await ModelCatalog.EnsureAsync(
            connection, new ModelTraits(name, "ConvNeXt_Atto", "image_path", "label", ModelDialect.New), Cancellation);
        var version = await VersionCatalog.AddAsync(
            connection, model, new NewVersion(space.TrunkId, Labels, head.ToBytes(), "{}", "SELECT 1", "{}", ""), Cancellation);
        await EmptyPartition.CreateAsync(Database, version.VersionId, Cancellation);
        await connection.Command("UPDATE thanosql.model SET current_version_id = $2 WHERE model_id = $1", model, version.VersionId)
            .RunAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);
        return head;
    }

    /// <summary>What the model must say of a picture.</summary>
    public async Task<string> ExpectedAsync(Head head, byte[] picture)
    {
        var space = await SpaceAsync();
        return head.TopK(space.Embedder.Embed(picture), 1)[0].Label;
    }

    public Task PutAsync(string key, byte[] content) => Folder.WriteAsync(new ObjectPath(Bucket, key), new MemoryStream(content), null, Cancellation);

    public Task DeleteAsync(string key) => Folder.DeleteAsync(new ObjectPath(Bucket, key), Cancellation);

    /// <summary>An event, as a store would send it.</summary>
    public Task AnnounceAsync(string key, bool deleted = false, string source = "test", string? etag = null, string? sequencer = null) =>
        Get<IBus>().Publish(
            new ObjectChanged
            {
                Bucket = Bucket,
                Key = key,
                Deleted = deleted,
                Source = source,
                ETag = etag,
                Sequencer = sequencer,
                Time = DateTimeOffset.UtcNow,
            },
            Cancellation);

    public Task SqlAsync(string sql) => Database.Command(sql).RunAsync(Cancellation);

    public Task<List<string>> RowsAsync(string sql) => Database.Command(sql).ListAsync(
        r => string.Join('|', Enumerable.Range(0, r.FieldCount).Select(i => r.IsDBNull(i) ? "" : FormattableString.Invariant($"{r.GetValue(i)}"))),
        Cancellation);

    /// <summary>Asks until the rows are these.</summary>
    public async Task EventuallyAsync(string sql, params string[] expected)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var rows = await RowsAsync(sql);
            if (rows.SequenceEqual(expected))
                return;
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException($"{sql}\ngives\n{Lines(rows)}\nnot\n{Lines(expected)}\n{await StateAsync()}");
            await Task.Delay(25, Cancellation);
        }
    }

    private async Task<string> StateAsync() => string.Join('\n', [
        "Images:", .. await RowsAsync("SELECT key, state, generation, attempts, crashes, failure, lease_until FROM thanosql.image ORDER BY key"),
        "Pipelines:", .. await RowsAsync("SELECT name, state, reason FROM thanosql.pipelines"),
        "Unreadable:", .. await RowsAsync("SELECT reason, body FROM thanosql.unreadable_event")]);

    private static string Lines(IEnumerable<string> rows) => string.Join('\n', rows);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_embedding.IsValueCreated)
            await _embedding.Value.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<EmbeddingSpace> SpaceAsync() =>
        _embedding.Value.GetRequiredService<EmbeddingSpaces>().OpenAsync("ConvNeXt_Atto", new Preprocessing(32), Cancellation);

    private ServiceProvider Services()
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Vision).Build();
        services.AddLogging().AddSingleton(Database).AddCatalog(configuration).AddEmbedding(configuration);
        return services.BuildServiceProvider();
    }

    private void AddServices(HostApplicationBuilder builder, bool watch)
    {
        builder.Services.AddSingleton(Database);
        builder.Services.AddGuardedStore(_ => Store);
        if (watch)
            builder.Services.AddSingleton(Folder);
        // Who publishes to an exchange must find it there.
        builder.Services.Configure<MassTransitHostOptions>(host => host.WaitUntilStarted = true);
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddWorkerConsumers();
            if (RabbitMq is null)
            {
                bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
            }
            else
            {
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    rabbit.Host(new Uri(RabbitMq));
                    rabbit.ConfigureEndpoints(context);
                });
            }
        });
        builder.Services.AddEmbedding(builder.Configuration).AddWorker(builder.Configuration);
    }

}
