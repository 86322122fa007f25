using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog.Examinations;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Storage.S3;

namespace ThanoSql.Indexer.Doctor;

/// <summary>
/// The installation that is examined, reached by connections of its own: nothing is started, made or migrated. What several checks need is looked at
/// once.
/// </summary>
internal sealed class Patient : IAsyncDisposable
{
    private readonly Lazy<Task<NpgsqlDataSource?>> _database;
    private readonly Lazy<Task<IReadOnlyList<ServiceAnswer>>> _services;
    private readonly Lazy<IObjectStore?> _store;
    private NpgsqlDataSource? _source;

    /// <param name="configuration">With what the home folder adds.</param>
    /// <param name="home">The home folder.</param>
    /// <param name="services">Addresses at which services should answer; empty for those of the configuration.</param>
    /// <param name="limit">How long a check may take; whoever is asked gets half of it, so that the check can still say so.</param>
    /// <param name="time">This machine's clock.</param>
    public Patient(IConfiguration configuration, string home, IReadOnlyList<Uri> services, TimeSpan limit, TimeProvider time)
    {
        (Configuration, Home, Time, Patience) = (configuration, home, time, limit / 2);
        NamesServices = services.Count > 0;
        _database = new(OpenDatabaseAsync);
        _services = new(() => ServiceAnswer.AskAsync(NamesServices ? services : [DefaultService(configuration)], Patience));
        _store = new(OpenStore);
    }

    public IConfiguration Configuration { get; }

    public string Home { get; }

    public TimeProvider Time { get; }

    /// <summary>How long one question may take.</summary>
    public TimeSpan Patience { get; }

    /// <summary>Whether somebody said where services should answer.</summary>
    public bool NamesServices { get; }

    /// <summary>Null when the embedded one does not run.</summary>
    public string? ConnectionString => Configuration["Database:ConnectionString"] is { Length: > 0 } text ? text : null;

    public bool IsS3 => Configuration["Storage:Kind"] == "s3";

    public bool HasBroker => Configuration["Bus:Transport"] == "rabbitmq";

    public string QueuePrefix =>
        Configuration.GetSection(IndexingOptions.Section).Get<IndexingOptions>()?.QueuePrefix ?? new IndexingOptions().QueuePrefix;

    public string Bucket => Workspace.Of(Configuration).Bucket;

    /// <summary>The folder store's root; null for S3.</summary>
    public string? StoreRoot => IsS3 ? null : Configuration["Storage:Folder:Root"];

    /// <summary>The database, if it answers: check <c>database</c> says why it does not.</summary>
    public Task<NpgsqlDataSource?> DatabaseAsync() => _database.Value;

    public Task<IReadOnlyList<ServiceAnswer>> ServicesAsync() => _services.Value;

    /// <summary>The store itself, without the guard that would mark buckets; null for a folder that is not there.</summary>
    /// <exception cref="ValidationException">Its settings are wrong.</exception>
    public IObjectStore? Store => _store.Value;

    /// <summary>Connections to the database; opening one tells what is wrong.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public NpgsqlDataSource Connect()
    {
        var seconds = Math.Max(1, (int)Patience.TotalSeconds);
        var address = new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            Timeout = seconds,
            CommandTimeout = seconds,
            MinPoolSize = 0,
            MaxPoolSize = 6, // others need theirs
            ApplicationName = "thanosql doctor",
            PersistSecurityInfo = true,
        };
        return new NpgsqlDataSourceBuilder(address.ConnectionString).UseLoggerFactory(NullLoggerFactory.Instance).Build();
    }

    /// <summary>Workers that live; none where the catalog does not tell.</summary>
    public async Task<IReadOnlyList<LivingWorker>> WorkersAsync(CancellationToken cancellationToken) =>
        await DatabaseAsync() is { } database && (await new CatalogExamination(database).MigrationsAsync(cancellationToken)).Newest > 0
            ? await new ServerExamination(database).WorkersAsync(cancellationToken)
            : [];

    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync();
        if (_store is { IsValueCreated: true, Value: IDisposable store })
            store.Dispose();
    }

    private async Task<NpgsqlDataSource?> OpenDatabaseAsync()
    {
        if (ConnectionString is null)
            return null;
        try
        {
            _source = Connect();
            await using var connection = await _source.OpenConnectionAsync();
            return _source;
        }
        catch (Exception refused) when (refused is NpgsqlException or ArgumentException or TimeoutException)
        {
            return null;
        }
    }

    private IObjectStore? OpenStore()
    {
        if (!IsS3)
            return StoreRoot is { } root && Directory.Exists(root) ? new FolderStore(root, Patience) : null;
        var options = Configuration.GetSection("Storage:S3").Get<S3StoreOptions>() ?? new S3StoreOptions();
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        (options.Timeout, options.Retries) = (Patience, 0); // the first answer is the finding
        return new S3Store(options, Time);
    }

    private static Uri DefaultService(IConfiguration configuration)
    {
        var first = (configuration["Query:Urls"] ?? ServiceApplication.DefaultUrls).Split(';')[0].Trim();
        // Where it listens on every address
        var named = first.Replace("//*", "//127.0.0.1", StringComparison.Ordinal).Replace("//+", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal);
        return Uri.TryCreate(named, UriKind.Absolute, out var address) ? address : new Uri(ServiceApplication.DefaultUrls);
    }
}
