using System.Security.Cryptography;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql roles</c>: what only a superuser can do for an installation on a PostgreSQL of its own, once.</summary>
internal static class RolesCommand
{
    private static readonly Option<string?> Superuser = new("--superuser")
    {
        Description = "A superuser's connection to the database: Host=…;Database=…;Username=postgres;Password=…. "
            + "Default: Database__ConnectionString. Prefer the environment (Database__Superuser) where others see command lines.",
    };

    private static readonly Option<string?> Owner = new("--owner")
    {
        Description = "The plain login that the service connects as; made when it is not there. Default: the user of Database__ConnectionString.",
    };

    private static readonly Option<bool> Print = new("--print") { Description = "Prints the SQL for psql instead of running it; needs --owner." };

    public static Command Create()
    {
        var command = new Command(
            "roles", "Makes or repairs the database's roles as a superuser: run it once, and after an update of PostgreSQL. "
                + "The embedded PostgreSQL needs no such thing.")
        {
            Superuser, Owner, Print,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(Print))
                PrintScript(parsed.GetValue(Owner) ?? throw new StartException("Say who the service connects as: --owner NAME."));
            else
                await RunAsync(parsed, cancellationToken);
            return 0;
        });
        return command;
    }

    private static void PrintScript(string owner)
    {
        Console.WriteLine($"SELECT pg_catalog.set_config('thanosql.owner', {Catalog.Identifier.Literal(owner)}, false);");
        Console.WriteLine(RoleScript.Text);
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var configuration = ServiceApplication.Builder().Configuration;
        var service = configuration["Database:ConnectionString"];
        var superuser = parsed.GetValue(Superuser) ?? configuration["Database:Superuser"] ?? service;
        if (string.IsNullOrEmpty(superuser))
        {
            throw new StartException(
                "The embedded PostgreSQL has its roles. For one of your own say --superuser 'Host=…;Database=…;Username=…;Password=…'.");
        }

        var address = new NpgsqlConnectionStringBuilder(superuser) { Pooling = false };
        if (service is not null && string.IsNullOrEmpty(address.Database))
            address.Database = new NpgsqlConnectionStringBuilder(service).Database;

        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        var user = service is null ? null : new NpgsqlConnectionStringBuilder(service);
        var owner = parsed.GetValue(Owner) ?? (user?.Username is { } name && name != address.Username ? name : $"{connection.Database}_owner");
        var isNew = !await ExistsAsync(connection, owner, cancellationToken);
        var password = user?.Username == owner ? user.Password : isNew ? RandomNumberGenerator.GetHexString(48, lowercase: true) : null;
        // Until now the superuser may have been the owner
        await RoleScript.RunAsync(connection, owner, formerOwner: address.Username, isNew ? password : null, cancellationToken);

        Console.WriteLine($"The roles of database {connection.Database} are right. The service connects as {owner}:");
        Console.WriteLine(
            $"Database__ConnectionString=Host={address.Host};Port={address.Port};Database={connection.Database};Username={owner};"
            + $"Password={(isNew && user?.Username != owner ? password : "…")}");
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string role, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = role });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
