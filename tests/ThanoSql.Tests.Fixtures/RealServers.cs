using System.Collections.Concurrent;
using ThanoSql.Storage.S3;

namespace ThanoSql.Tests.Fixtures;

/// <summary>
/// Starts PostgreSQL, RabbitMQ and Ceph through <c>infra/servers.sh</c> when a test first asks for one. They keep running for the next test run
/// (<c>infra/servers.sh stop</c> ends them), so every test makes its own database, exchange or bucket in them. A setting that is in the environment
/// already wins: <c>Database__ConnectionString</c> runs the tests against another PostgreSQL.
/// </summary>
public sealed class RealServers
{
    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyDictionary<string, string>>>> _started = new();

    /// <summary>A superuser's connection string.</summary>
    public Task<string> PostgresAsync() => SettingAsync("postgres", "Database__ConnectionString");

    /// <summary><c>amqp://user:password@host:port/</c></summary>
    public Task<string> RabbitMqAsync() => SettingAsync("rabbitmq", "Bus__RabbitMq__Uri");

    /// <summary>Ceph's S3 gateway.</summary>
    public async Task<S3StoreOptions> S3Async() => new()
    {
        Endpoint = await SettingAsync("ceph", "Storage__S3__Endpoint"),
        AccessKey = await SettingAsync("ceph", "Storage__S3__AccessKey"),
        SecretKey = await SettingAsync("ceph", "Storage__S3__SecretKey"),
        Region = await SettingAsync("ceph", "Storage__S3__Region"),
    };

    /// <summary>The value of one setting as <c>servers.sh env</c> prints it.</summary>
    public async Task<string> SettingAsync(string server, string name) =>
        Environment.GetEnvironmentVariable(name) ?? (await SettingsAsync(server))[name];

    private Task<IReadOnlyDictionary<string, string>> SettingsAsync(string server) =>
        _started.GetOrAdd(server, name => new Lazy<Task<IReadOnlyDictionary<string, string>>>(() => ServersScript.RunAsync("start", name))).Value;
}
