namespace ThanoSql.Catalog.Roles;

/// <summary>
/// What a superuser does for an installation: <c>infra/postgres/roles.sql</c>. The service itself connects as a plain role that can do none of it.
/// </summary>
public static class RoleScript
{
    /// <summary>For psql; <c>thanosql.owner</c> and <c>thanosql.former_owner</c> are settings of the session.</summary>
    public static string Text { get; } = Read();

    /// <summary>Makes or repairs the roles of a database, all or nothing.</summary>
    /// <param name="superuser">A superuser's connection to that database.</param>
    /// <param name="owner">The login that the service connects as; made when it is not there.</param>
    /// <param name="formerOwner">Whose tables of schema public become the users'; null when nobody owned any.</param>
    /// <param name="password">The owner's, in ASCII; null leaves it as it is.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <exception cref="PostgresException">The connection is no superuser's, or <paramref name="owner"/> is one that must stay so.</exception>
    public static async Task RunAsync(
        NpgsqlConnection superuser, string owner, string? formerOwner, string? password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(superuser);
        await using var transaction = await superuser.BeginTransactionAsync(cancellationToken);
        await superuser.Command(
            "SELECT set_config('thanosql.owner', $1, true), set_config('thanosql.former_owner', coalesce($2, ''), true)", owner, formerOwner)
            .RunAsync(cancellationToken);
        await superuser.Command(Text).RunAsync(cancellationToken);
        if (password is not null)
        {
            await superuser.Command($"ALTER ROLE {Identifier.Quote(owner)} PASSWORD '{ScramVerifier.Of(password)}'").RunAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    private static string Read()
    {
        using var reader = new StreamReader(typeof(RoleScript).Assembly.GetManifestResourceStream("roles.sql")!);
        return reader.ReadToEnd();
    }
}
