using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Embedding;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Storage.Folder;
using ThanoSql.Tests.Faults.Ledger;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Faults.World;

/// <summary>One <c>thanosql up</c> with its embedded PostgreSQL: all roles in one process, a folder store, the in-memory bus.</summary>
internal sealed class UpWorld : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // Below /var/tmp: PostgreSQL's ordinary user must be able to enter it.
    private readonly string _root = Path.Combine("/var/tmp", $"thanosql-up-{Guid.NewGuid():N}");
    private SmallDisk? _disk;
    private WorkerProcess? _up;
    private NpgsqlDataSource? _database;
    private EmbeddingSpaces? _spaces;
    private Oracle? _oracle;

    private UpWorld() => Writer = new Writer(new FolderStore(Path.Combine(Home, "store")), "workspace", _ => Task.CompletedTask);

    public string Home => Path.Combine(_root, "home");

    public string Data => Path.Combine(Home, "postgresql", "data");

    /// <summary>The folder of its pipelines' files.</summary>
    public string Pipelines => Path.Combine(_root, "pipelines");

    public Writer Writer { get; }

    public WorkerProcess Up => _up!;

    /// <summary>Holds the server's programs, data and log, where the test asked for one.</summary>
    public SmallDisk Disk => _disk!;

    /// <summary>A fresh connection each time: the server comes and goes.</summary>
    public NpgsqlDataSource Database => _database!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="megabytes">Of a disk for PostgreSQL alone; 0 for none.</param>
    public static async Task<UpWorld> StartAsync(int megabytes = 0)
    {
        var world = new UpWorld();
        try
        {
            if (megabytes > 0)
                world._disk = await SmallDisk.MountAsync(Path.Combine(world.Home, "postgresql"), megabytes);
            await world.StartAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process, after the one before has ended.</summary>
    public async Task StartAgainAsync()
    {
        if (_up is not null)
            await _up.DisposeAsync();
        _up = await WorkerProcess.StartAsync(
            "up",
            new Dictionary<string, string>
            {
                ["Vision__Threads"] = "1",
                ["Indexing__Pipelines"] = Pipelines,
                ["Indexing__Poll"] = "00:00:00.250",
                ["Indexing__Refresh"] = "00:00:00.500",
                ["Indexing__FirstRetry"] = "00:00:00.200",
                ["Indexing__LongestRetry"] = "00:00:05",
                ["Training__PollInterval"] = "00:00:00.500",
                ["Training__Lease"] = "00:00:05",
            },
            "--home", Home);
    }

    /// <summary>The process of the server.</summary>
    public async Task<int> PostmasterAsync(int other = 0)
    {
        for (var deadline = DateTime.UtcNow + Patience; ; await Task.Delay(20, Cancellation))
        {
            if (PostmasterFile.OfRunning(Data) is { } running && running.ProcessId != other)
                return running.ProcessId;
            (DateTime.UtcNow < deadline).ShouldBeTrue(Up.Output);
        }
    }

    /// <summary>Waits until account and tables agree.</summary>
    public async Task ShouldBecomeCleanAsync()
    {
        Verdict? verdict = null;
        await UntilAsync(async () =>
        {
            verdict = await new Judge(Database, _oracle!).CompareAsync(Writer.Account);
            return verdict.IsClean && await ScalarAsync<long>("SELECT count(*) FROM thanosql.image WHERE state = 'pending'") == 0;
        });
        verdict!.ShouldBeClean(Up.Output);
    }

    /// <summary>Asks until it is so, also of a server that is away for a while.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        Exception? last = null;
        for (var deadline = DateTime.UtcNow + Patience; DateTime.UtcNow < deadline; await Task.Delay(100, Cancellation))
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (NpgsqlException away)
            {
                last = away;
            }
        }
        throw new TimeoutException($"Never so. {last?.Message}\n{Up.Output}");
    }

    public Task<T?> ScalarAsync<T>(string sql, params object?[] values) => Database.Command(sql, values).ScalarAsync<T>(Cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_up is not null)
            await _up.DisposeAsync();
        await ThanoSqlProcess.StopDatabaseAsync(Home);
        _spaces?.Dispose();
        if (_database is not null)
            await _database.DisposeAsync();
        if (_disk is not null)
            await _disk.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private async Task StartAsync()
    {
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Pipelines).FullName, "products.yaml"),
            "name: products\nprefix: p/\ntable: products\nrows: create\non_delete: delete\nmodel: { name: foods }\n", Cancellation);
        await StartAgainAsync();
        var address = (await EmbeddedServer.FindAsync(Home, Cancellation))!;
        _database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(address) { SearchPath = "public", Pooling = false });
        await Database.Command("CREATE TABLE products (image_path text)").RunAsync(Cancellation);
        _oracle = new Oracle(Database, await SpaceAsync());
        await _oracle.AddVersionAsync(seed: 1);
        await UntilAsync(() => Database.Command("SELECT bool_and(state = 'active') FROM thanosql.pipeline").ScalarAsync<bool>(Cancellation));
    }

    // The bundled trunk at its smallest input: real weights, a few milliseconds a picture.
    private Task<EmbeddingSpace> SpaceAsync()
    {
        var bundled = Repository.File("models/base");
        var models = Options.Create(new ModelOptions { Folder = Path.Combine(_root, "models"), BundledFolder = bundled });
        var sessions = new InferenceSessionFactory(new VisionOptions { Threads = 1, Provider = VisionProvider.Cpu });
        var store = new TrunkStore(new TrunkStoreOptions { Folder = models.Value.Folder, BundledFolder = bundled }, BundledTrunks.Sha256);
        _spaces = new EmbeddingSpaces(new TrunkCatalog(Database), store, sessions, Options.Create(new VisionOptions { Threads = 1 }), models);
        return _spaces.OpenAsync("ConvNeXt_Atto", new Preprocessing(32), Cancellation);
    }
}
