using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Examinations;

/// <summary>Looks whether the roles of users' SQL have their rights, and no more; changes nothing.</summary>
public sealed class RoleExamination(NpgsqlDataSource owner)
{
    private const string MissingViews = """
        SELECT 'thanosql.' || c.relname FROM pg_catalog.pg_class c
        WHERE c.relnamespace = 'thanosql'::regnamespace AND c.relkind = 'v' AND NOT pg_catalog.has_table_privilege($1::name, c.oid, 'SELECT')
        ORDER BY c.relname
        """;

    /// <summary>What is wrong, for people; empty when nothing is. Needs the migrated catalog.</summary>
    public async Task<IReadOnlyList<string>> TroublesAsync(CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var troubles = new List<string>();
        try
        {
            await RoleInstaller.CheckAsync(connection, cancellationToken);
        }
        catch (CatalogException refused)
        {
            return [refused.Message];
        }
        var database = connection.Database;
        foreach (var role in new[] { SqlRole.Of(TokenScope.Query, database), SqlRole.Of(TokenScope.Write, database), SqlRole.Tables(database) })
        {
            if (await LoginTroubleAsync(connection, role, cancellationToken) is { } trouble)
                troubles.Add(trouble);
        }
        var reader = SqlRole.Reader(database);
        if (await connection.Command(MissingViews, reader.Name).ListAsync<string>(cancellationToken) is { Count: > 0 } views)
            troubles.Add($"Role {reader.Name} may not read {string.Join(", ", views)}.");
        return troubles;
    }

    /// <summary>What users' SQL could disturb others with, by name; empty when the database is closed.</summary>
    public async Task<IReadOnlyList<string>> OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        return await Hardening.OpenAsync(connection, cancellationToken);
    }

    /// <summary>As the service does it, for what pg_hba.conf says only a login can tell.</summary>
    private async Task<string?> LoginTroubleAsync(NpgsqlConnection connection, SqlRole role, CancellationToken cancellationToken)
    {
        var password = await connection.Command("SELECT value FROM thanosql.setting WHERE name = $1", role.Secret)
            .ScalarAsync<string>(cancellationToken);
        if (password is null)
            return $"Role {role.Name} has no password yet.";
        var address = new NpgsqlConnectionStringBuilder(owner.ConnectionString) { Username = role.Name, Password = password, Pooling = false };
        try
        {
            await using var login = new NpgsqlConnection(address.ConnectionString);
            await login.OpenAsync(cancellationToken);
            await login.Command("SELECT 1").RunAsync(cancellationToken);
            return null;
        }
        catch (NpgsqlException refused)
        {
            return $"Role {role.Name} cannot log in: {DatabaseTrouble.Describe(refused)}.";
        }
    }
}
