namespace ThanoSql.Catalog;

/// <summary>
/// The owner's connections that are set aside for what must answer while everything else is busy: tokens, search, health, and the end of users'
/// sessions. Nothing that lasts runs on them.
/// </summary>
public sealed class ServiceDatabase(NpgsqlDataSource source) : IAsyncDisposable
{
    private const int Connections = 16;
    private const int AlwaysOpen = 2;

    public NpgsqlDataSource Source => source;

    /// <param name="connectionString">The owner's, with its password.</param>
    /// <param name="loggers">Of the process.</param>
    public static ServiceDatabase Beside(string connectionString, ILoggerFactory loggers)
    {
        var own = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = Connections, MinPoolSize = AlwaysOpen };
        return new ServiceDatabase(new NpgsqlDataSourceBuilder(own.ConnectionString) { Name = "service" }.UseLoggerFactory(loggers).Build());
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
