using System.CommandLine;
using Npgsql;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql roles</c>: makes the roles of users' SQL, and prints what only a superuser can close.</summary>
internal static class RolesCommand
{
    public static Command Create()
    {
        var command = new Command(
            "roles", "Makes or repairs the database roles of users' SQL; prints the statements that a superuser should still run in this database.");
        command.SetCatalogAction(async (_, services, cancellationToken) =>
        {
            await services.GetRequiredService<UserDatabase>().RefreshAsync(cancellationToken);
            await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
            foreach (var statement in await Hardening.MissingAsync(connection, cancellationToken))
                Console.WriteLine(statement);
        });
        return command;
    }
}
