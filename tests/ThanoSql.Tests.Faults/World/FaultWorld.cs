using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Embedding;
using ThanoSql.Storage.S3;
using ThanoSql.Tests.Faults.Ledger;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Faults.World;

/// <summary>
/// What one test has for itself: a database with the table <c>products</c> and a model, a bucket on Ceph, queues on RabbitMQ, processes of the built
/// program.
/// </summary>
internal sealed class FaultWorld : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-faults-").FullName;
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly List<WorkerProcess> _processes = [];
    private readonly S3StoreOptions _storeOptions;
    private readonly string _database;
    private readonly string _broker;
    private readonly string _prefix = $"faults-{Guid.NewGuid():N}"[..20];
    private bool _shared; // the broker
    private Oracle? _oracle;

    private FaultWorld(string database, string broker, S3StoreOptions store)
    {
        // The user may have the name of the catalog's schema
        Database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { SearchPath = "public" });
        (_database, _broker, _storeOptions) = (database, broker, store);
        Store = new S3Store(store, TimeProvider.System);
        Broker = new Broker(broker, _prefix);
        Bucket = $"{_prefix}-shop";
        Events = new StoreEvents(Bucket);
        Writer = new Writer(Store, Bucket, change => Announce(change));
    }

    public NpgsqlDataSource Database { get; }

    public S3Store Store { get; }

    public S3StoreOptions StoreOptions => _storeOptions;

    public string Bucket { get; }

    public Broker Broker { get; }

    public StoreEvents Events { get; }

    public Writer Writer { get; }

    public Oracle Oracle => _oracle!;

    /// <summary>Tells of the writer's changes: each is sent to the broker as a store would, unless a test puts something else here.</summary>
    public Func<Change, Task> Announce { get; set; } = _ => Task.CompletedTask;

    public string QueueName(string queue) => $"{_prefix}-{queue}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="servers">Shared by all tests.</param>
    /// <param name="faulty">Servers of this test alone, which take the place of the shared ones.</param>
    public static async Task<FaultWorld> CreateAsync(RealServers servers, PrivateServers? faulty = null)
    {
        PostgresServer? postgres = null;
        if (faulty?.Find("Database__ConnectionString") is not { } database)
        {
            postgres = new PostgresServer(servers);
            await postgres.InitializeAsync();
            database = postgres.ConnectionString;
        }
        else
        {
            var own = PostgresServer.On(database); // ends with its server
            await own.InitializeAsync();
            database = own.ConnectionString;
        }
        var broker = faulty?.Find("Bus__RabbitMq__Uri");
        var world = new FaultWorld(database, broker ?? await servers.RabbitMqAsync(), S3Of(faulty) ?? await servers.S3Async())
        {
            _shared = broker is null,
        };
        if (postgres is not null)
            world._owned.Add(postgres);
        world.Announce = change => world.Broker.SendAsync([world.Events.Of(change)]);
        await world.Store.EnsureBucketAsync(world.Bucket, Cancellation);
        await new Migrator(world.Database, NullLogger<Migrator>.Instance).RunAsync(Cancellation);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(world._folder, "pipelines")).FullName, "products.yaml"), world.Pipeline(),
            Cancellation);
        world._oracle = new Oracle(world.Database, await world.SpaceAsync());
        await world._oracle.AddVersionAsync(seed: 1);
        return world;
    }

    /// <summary>Starts a worker; it is ready, its pipeline is active, and the exchange for store events is there.</summary>
    public async Task<WorkerProcess> StartWorkerAsync(params (string Key, string Value)[] settings)
    {
        var worker = await StartAsync("worker", settings);
        await EventuallyAsync("bool_and(state = 'active') FROM thanosql.pipeline");
        return worker;
    }

    public async Task<WorkerProcess> StartAsync(string role, params (string Key, string Value)[] settings)
    {
        var process = await WorkerProcess.StartAsync(role, Settings(settings));
        _processes.Add(process);
        return process;
    }

    /// <summary>Starts a command of the program.</summary>
    public ThanoSqlProcess StartCommand(params string[] arguments) => ThanoSqlProcess.Start(Settings([]), arguments);

    /// <summary>As <see cref="StartAsync"/>, without waiting until it is ready.</summary>
    /// <param name="preparation">What a shell in a user namespace of its own does before it becomes the process; null for no such shell.</param>
    /// <param name="role">Of the process.</param>
    /// <param name="settings">Of the process.</param>
    public async Task<WorkerProcess> BeginAsync(string? preparation, string role, params (string Key, string Value)[] settings)
    {
        string[] arguments = [role, "--urls", "http://127.0.0.1:0"];
        var process = await WorkerProcess.StartAsync(
            preparation is null
                ? ThanoSqlProcess.Start(Settings(settings), arguments)
                : ThanoSqlProcess.StartPrepared(preparation, Settings(settings), arguments));
        _processes.Add(process);
        return process;
    }

    /// <summary>Runs a command of the program to its end.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        await using var process = StartCommand(arguments);
        (await process.WaitForExitAsync()).ShouldBe(0, process.Output);
        return process.Output;
    }

    /// <summary>
    /// Waits until account and tables agree, nothing is on its way any more, and they still agree: the broker does not tell of messages that a worker
    /// has just taken.
    /// </summary>
    public async Task ShouldBecomeCleanAsync()
    {
        var judge = new Judge(Database, Oracle);
        var verdict = await judge.CompareAsync(Writer.Account);
        for (var deadline = DateTime.UtcNow + Patience; DateTime.UtcNow < deadline; await Task.Delay(250, Cancellation))
        {
            var quiet = verdict.IsClean
                && await ScalarAsync<long>("SELECT count(*) FROM thanosql.image WHERE state = 'pending'") == 0
                && await Broker.IsDrainedAsync();
            verdict = await judge.CompareAsync(Writer.Account);
            if (quiet && verdict.IsClean)
                break;
        }
        verdict.ShouldBeClean(await EvidenceAsync());
    }

    /// <summary>Compares account and tables until the verdict is like this.</summary>
    public async Task<Verdict> UntilAsync(Func<Verdict, bool> condition)
    {
        var judge = new Judge(Database, Oracle);
        for (var deadline = DateTime.UtcNow + Patience; ; await Task.Delay(250, Cancellation))
        {
            var verdict = await judge.CompareAsync(Writer.Account);
            if (condition(verdict))
                return verdict;
            if (DateTime.UtcNow > deadline)
                verdict.ShouldBeClean(await EvidenceAsync());
        }
    }

    /// <summary>Asks until it is so.</summary>
    public async Task EventuallyAsync(string condition, params object?[] values)
    {
        for (
            var deadline = DateTime.UtcNow + Patience; !await Database.Command($"SELECT {condition}", values)
                .ScalarAsync<bool>(Cancellation); await Task.Delay(50, Cancellation))
        {
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException($"Never: {condition}\n{await EvidenceAsync()}");
        }
    }

    public Task SqlAsync(string sql) => Database.Command(sql).RunAsync(Cancellation);

    public Task<T?> ScalarAsync<T>(string sql, params object?[] values) => Database.Command(sql, values).ScalarAsync<T>(Cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        if (_shared)
            await Broker.RemoveAsync();
        await Database.DisposeAsync();
        foreach (var one in _owned)
            await one.DisposeAsync();
        Store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Pipeline() =>
        $"name: products\nbucket: {Bucket}\nprefix: p/\ntable: products\nrows: create\non_delete: delete\nmodel: {{ name: foods }}\n";

    private static S3StoreOptions? S3Of(PrivateServers? servers) =>
        servers?.Find("Storage__S3__Endpoint") is not { } endpoint ? null : new S3StoreOptions
        {
            Endpoint = endpoint,
            AccessKey = servers["Storage__S3__AccessKey"],
            SecretKey = servers["Storage__S3__SecretKey"],
            Region = servers["Storage__S3__Region"],
        };

    private Dictionary<string, string> Settings((string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["Database__ConnectionString"] = _database,
            ["Bus__Transport"] = "rabbitmq",
            ["Bus__RabbitMq__Uri"] = _broker,
            ["Storage__Kind"] = "s3",
            ["Storage__S3__Endpoint"] = _storeOptions.Endpoint!,
            ["Storage__S3__AccessKey"] = _storeOptions.AccessKey,
            ["Storage__S3__SecretKey"] = _storeOptions.SecretKey,
            ["Storage__S3__Region"] = _storeOptions.Region,
            ["Storage__DefaultBucket"] = Bucket,
            ["Models__Folder"] = Path.Combine(_folder, "models"),
            ["Vision__Threads"] = "1",
            ["Indexing__QueuePrefix"] = _prefix,
            ["Indexing__Pipelines"] = Path.Combine(_folder, "pipelines"),
            ["Indexing__Lease"] = "00:00:03",
            ["Indexing__Poll"] = "00:00:00.250",
            ["Indexing__Refresh"] = "00:00:00.500",
            ["Indexing__FirstRetry"] = "00:00:00.200",
            ["Indexing__LongestRetry"] = "00:00:05",
            ["Indexing__SweepOnStart"] = "false", // events and leases must do, except where a sweep is what is tested
            ["Indexing__SweepSchedule"] = "0 0 0 1 1 ? 2099",
        };
        foreach (var (key, value) in more)
            settings[key] = value;
        return settings;
    }

    // The bundled trunk at its smallest input: real weights, a few milliseconds a picture.
    private async Task<EmbeddingSpace> SpaceAsync()
    {
        var bundled = Repository.File("models/base");
        var models = Options.Create(new ModelOptions { Folder = Path.Combine(_folder, "models"), BundledFolder = bundled });
        var sessions = new InferenceSessionFactory(new VisionOptions { Threads = 1, Provider = VisionProvider.Cpu });
        var store = new TrunkStore(new TrunkStoreOptions { Folder = models.Value.Folder, BundledFolder = bundled }, BundledTrunks.Sha256);
        var trunks = new EmbeddingSpaces(new TrunkCatalog(Database), store, sessions, Options.Create(new VisionOptions { Threads = 1 }), models);
        _owned.Add(new Closing(trunks));
        return await trunks.OpenAsync("ConvNeXt_Atto", new Preprocessing(32), Cancellation);
    }

    private async Task<string> EvidenceAsync()
    {
        var images = await Database.Command(
            "SELECT format('%s %s generation %s attempts %s crashes %s %s', key, state, generation, attempts, crashes, failure) " +
            "FROM thanosql.image WHERE state <> 'indexed' ORDER BY key LIMIT 20")
            .ListAsync(r => r.GetString(0), Cancellation);
        var logs = _processes.Select(p => p.Output.Length > 3000 ? p.Output[^3000..] : p.Output);
        return string.Create(CultureInfo.InvariantCulture, $"Images:\n{string.Join('\n', images)}\nProcesses:\n{string.Join("\n---\n", logs)}");
    }

    private sealed class Closing(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
