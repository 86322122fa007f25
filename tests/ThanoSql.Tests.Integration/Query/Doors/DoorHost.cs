using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Doors;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Query.Escapes;

namespace ThanoSql.Tests.Integration.Query.Doors;

/// <summary>A service whose door for SQL clients has short limits, and clients with logins of it.</summary>
public sealed class DoorHost(RealServers servers) : EscapeHost(servers)
{
    public const int Connections = 3;

    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
    {
        ["Database:Door:Seconds"] = "4",
        ["Database:Door:IdleSeconds"] = "2",
        ["Database:Door:Connections"] = "3",
        ["Database:Door:LoginsPerToken"] = "2",
        ["Database:Door:TotalConnections"] = "1000",
    };

    public TokenCatalog Tokens => Services.GetRequiredService<TokenCatalog>();

    public DoorLogins Logins => Services.GetRequiredService<DoorLogins>();

    /// <summary>A token of its own.</summary>
    public async Task<ApiToken> TokenAsync(TokenScope scope, TimeSpan? lifetime = null)
    {
        var name = $"client {Guid.NewGuid():N}";
        var expires = lifetime is { } time ? DateTimeOffset.UtcNow + time : (DateTimeOffset?)null;
        return (await Tokens.CreateAsync(new NewToken(name, scope, expires, TokenRestrictions.None), "test", CancellationToken.None)).Token;
    }

    public async Task<DoorLogin> LoginAsync(TokenScope scope) =>
        await Logins.OpenAsync(await TokenAsync(scope), TimeSpan.FromHours(1), "test", CancellationToken.None);

    /// <summary>As SQL clients connect: no settings but the login's own.</summary>
    public static async Task<NpgsqlConnection> ConnectAsync(DoorLogin login, string? database = null)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = login.Host,
            Port = login.Port,
            Database = database ?? login.Database,
            Username = login.User,
            Password = login.Password,
            Pooling = false,
            IncludeErrorDetail = true,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Rows as text; or the error's state and message.</summary>
    public static async Task<string> TryAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true, CommandTimeout = 60 };
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<string>();
            do
            {
                while (await reader.ReadAsync())
                    rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetString(i))));
            }
            while (await reader.NextResultAsync());
            return string.Join('\n', rows);
        }
        catch (PostgresException refused)
        {
            return $"{refused.SqlState} {refused.MessageText} {refused.Detail}";
        }
    }

    public static async Task<string> RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        return (string?)await command.ExecuteScalarAsync() ?? "";
    }

    /// <summary>Waits until the server ends the session; the state of the error that told so.</summary>
    public static async Task<string> EndOfAsync(NpgsqlConnection connection, string sql = "SELECT 1")
    {
        var until = DateTime.UtcNow.AddMinutes(1);
        while (DateTime.UtcNow < until)
        {
            try
            {
                await RunAsync(connection, sql);
                await Task.Delay(100);
            }
            catch (PostgresException ended) when (ended.SqlState is "57P01" or "25P02")
            {
                return ended.SqlState;
            }
            catch (Exception broken) when (broken is NpgsqlException and not PostgresException or InvalidOperationException)
            {
                return "broken";
            }
        }
        return "still there";
    }
}
