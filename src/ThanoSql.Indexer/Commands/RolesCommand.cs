using System.CommandLine;
using Npgsql;
using ThanoSql.Catalog.SqlRoles;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql roles</c>: makes the roles of users' SQL, and prints what only a superuser can close.</summary>
internal static class RolesCommand
{
    public static Command Create()
    {
        var command = new Command("roles", "Makes or repairs the database roles of users' SQL; prints the statements that a superuser should still run in this database.");
        command.SetCatalogAction(async (_, services, cancellation) =>
        {
            await services.GetRequiredService<UserDatabase>().RefreshAsync(cancellation);
            await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellation);
            foreach (var statement in await Hardening.MissingAsync(connection, cancellation)) Console.WriteLine(statement);
        });
        return command;
    }
}
