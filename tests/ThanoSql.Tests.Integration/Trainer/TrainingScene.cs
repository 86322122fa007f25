using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Embedding;
using ThanoSql.Planning;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Trainer;
using ThanoSql.Trainer.Runs;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>
/// A trainer over a database of its own, a folder store and the random stand-in trunk at 32 pixels, run step by step by the test: nothing happens in
/// the background.
/// </summary>
public sealed class TrainingScene(RealServers servers) : IAsyncLifetime
{
    private readonly PostgresServer _postgres = new(servers);
    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-training-").FullName;
    private ServiceProvider? _services;

    public NpgsqlDataSource Database => _postgres.DataSource;

    public IServiceProvider Services => _services ?? throw new InvalidOperationException("The fixture has not started yet.");

    public IObjectStore Store => Services.GetRequiredService<IObjectStore>();

    public string ModelFolder => Path.Combine(_folder, "models");

    /// <summary>Where the store keeps an object of the workspace.</summary>
    public string FileOf(string key) => Path.Combine(_folder, "store", "workspace", key);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        await new Migrator(Database, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);
        _services = CreateServices(TimeProvider.System);
        await _services.GetRequiredService<IBusControl>().StartAsync(CancellationToken.None);
        await Store.EnsureBucketAsync("workspace", CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.GetRequiredService<IBusControl>().StopAsync(CancellationToken.None);
            await _services.DisposeAsync();
        }
        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Another trainer over the same database and store, with a clock of its own.</summary>
    /// <param name="time">Its clock.</param>
    /// <param name="database">Its connections; null for those of the test.</param>
    public ServiceProvider CreateServices(TimeProvider time, NpgsqlDataSource? database = null)
    {
        var registered = Register(database: database);
        registered.AddSingleton(time);
        return registered.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    /// <summary>What looks at pictures in a process that has no weights of any trunk.</summary>
    public ServiceProvider WithoutWeights() => Register(Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName).BuildServiceProvider();

    /// <summary>A table of labelled pictures: for each label so many of one colour, and their files.</summary>
    public async Task PaintAsync(string table, params (string Label, int Count, byte Red, byte Green, byte Blue)[] labels)
    {
        await ExecuteAsync($"CREATE TABLE IF NOT EXISTS public.{table} (image_path text, label text)");
        foreach (var (label, count, red, green, blue) in labels)
        {
            for (var i = 0; i < count; i++)
            {
                var key = $"{table}/{label}/{Guid.NewGuid():N}.png";
                using var picture = new MemoryStream(Shapes.Png(red, green, blue, Random.Shared.Next()));
                await Store.WriteAsync(new ObjectPath("workspace", key), picture, "image/png", Cancellation);
                await ExecuteAsync($"INSERT INTO public.{table} VALUES ('{key}', '{label}')");
            }
        }
    }

    public async Task StoreAsync(string key, byte[] file)
    {
        using var stream = new MemoryStream(file);
        await Store.WriteAsync(new ObjectPath("workspace", key), stream, null, Cancellation);
    }

    /// <summary>Red 사과 and blue 배 pictures, twelve each.</summary>
    public Task PaintFruitAsync(string table) => PaintAsync(table, ("사과", 12, 220, 30, 30), ("배", 12, 30, 30, 220));

    public static string Build(string model, string source, string options = "epochs=1, overwrite=True") =>
        $"BUILD MODEL {model} USING ConvNeXt_Atto OPTIONS (image_col='image_path', label_col='label', input_size=32, {options}) AS {source}";

    /// <summary>Queues a statement, lets a trainer work on it, and gives how it ended.</summary>
    public async Task<TrainingRun> RunAsync(string model, string statement)
    {
        var id = await Queue.AddAsync(new NewTrainingRun(model, RunTrigger.Statement, statement, TokenScope.Write), Cancellation);
        (await RunNextAsync()).ShouldBeTrue();
        return (await Queue.FindAsync(id, Cancellation))!;
    }

    /// <summary>As <see cref="RunAsync"/>, for one that must bring a version into service.</summary>
    public async Task<TrainingRun> PromoteAsync(string model, string statement)
    {
        var run = await RunAsync(model, statement);
        run.State.ShouldBe(RunState.Promoted, $"{run.ErrorCode}: {run.Outcome}");
        return run;
    }

    public Task<bool> RunNextAsync() => RunNextAsync(Cancellation);

    /// <param name="shutdown">Stops the trainer in the middle of the run.</param>
    public Task<bool> RunNextAsync(CancellationToken shutdown) => ActivatorUtilities.CreateInstance<RunService>(Services).RunOneAsync(shutdown);

    public Task<long> RequestAsync(Func<TrainingRequests, Task<long>> ask) => ask(Services.GetRequiredService<TrainingRequests>());

    public TrainingQueue Queue => Services.GetRequiredService<TrainingQueue>();

    /// <summary>A pipeline over a table whose rows are products with index columns; the shop inserts them.</summary>
    public Task RegisterPipelineAsync(string name, string table, string model, Func<PipelineDefinition, PipelineDefinition>? with = null)
    {
        var definition = Pipeline(name, table, model);
        return RegisterPipelinesAsync(with is null ? definition : with(definition));
    }

    /// <summary>These pipelines are those that there are.</summary>
    public Task RegisterPipelinesAsync(params PipelineDefinition[] definitions) =>
        Services.GetRequiredService<PipelineCatalog>().RegisterAsync(definitions, Cancellation);

    /// <summary>One that trains from its own table.</summary>
    public static PipelineDefinition Pipeline(string name, string table, string model) => new()
    {
        Name = name,
        Prefix = $"{table}/",
        Table = table,
        Model = new PipelineModel
        {
            Name = model,
            Algorithm = "ConvNeXt_Atto",
            Train = $"SELECT image_path, label FROM {table}",
            Options = new Dictionary<string, string> { ["input_size"] = "32", ["epochs"] = "1" },
        },
    };

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private ServiceCollection Register(string? models = null, NpgsqlDataSource? database = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Training:Lease"] = "00:00:05",
            ["Training:FirstRetry"] = "00:00:00.100",
            ["Vision:Provider"] = "cpu",
            ["Models:Folder"] = models ?? ModelFolder,
            ["Models:BundledFolder"] = models ?? ModelFolder,
            ["Models:Download"] = "false",
            ["Models:Fallback"] = models is null ? "bundled" : "none",
        }).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(database ?? Database);
        var store = new FolderStore(Path.Combine(_folder, "store"));
        services.AddGuardedStore(_ => store);
        services.AddSingleton<DatasetNames>(() => []);
        services.AddCatalog(configuration).AddEmbedding(configuration).AddPlanning(configuration);
        services.AddMassTransit(bus =>
        {
            bus.AddTrainingConsumers("scene");
            bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
        });
        services.AddTrainer(configuration);
        return services;
    }
}
