namespace ThanoSql.Catalog.Tables;

/// <summary>Forms of tables that clients keep, for each token its own. A version is never changed.</summary>
public sealed class TableTemplates(NpgsqlDataSource database, TimeProvider time)
{
    private const int MostOfAToken = 1_000;
    private const string Columns = "name, version, form, compatibility, created_at";

    /// <param name="token">Whose.</param>
    /// <param name="part">Of the name, in whatever letters; null for all.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>All versions, those that were made last first.</returns>
    public Task<List<TableTemplate>> ListAsync(ApiToken token, string? part, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return database.Command(
            $"""
            SELECT {Columns} FROM thanosql.table_template WHERE token_id = $1 AND ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0)
            ORDER BY created_at DESC, name, version DESC
            """,
            token.Id, part).ListAsync<TableTemplate>(cancellationToken);
    }

    /// <returns>All versions of one, the highest first.</returns>
    public Task<List<TableTemplate>> FindAsync(ApiToken token, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return database.Command(
            $"SELECT {Columns} FROM thanosql.table_template WHERE token_id = $1 AND name = $2 ORDER BY version DESC", token.Id, name)
            .ListAsync<TableTemplate>(cancellationToken);
    }

    /// <param name="token">Whose.</param>
    /// <param name="template">Its time does not matter.</param>
    /// <param name="cancellationToken">Changes nothing.</param>
    /// <returns>Null when there is that version already.</returns>
    /// <exception cref="CatalogException">The token has as many as one may.</exception>
    public async Task<TableTemplate?> AddAsync(ApiToken token, TableTemplate template, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(template);
        var count = await database.Command("SELECT count(*) FROM thanosql.table_template WHERE token_id = $1", token.Id)
            .ScalarAsync<long>(cancellationToken);
        if (count >= MostOfAToken)
            throw new CatalogException($"The token '{token.Name}' has {count} table templates, the most that one may have: delete some.");
        return (await database.Command(
            $"""
            INSERT INTO thanosql.table_template (token_id, {Columns}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING {Columns}
            """,
            token.Id, template.Name, template.Version, template.Form, template.Compatibility, time.GetUtcNow())
            .ListAsync<TableTemplate>(cancellationToken)).SingleOrDefault();
    }

    /// <param name="token">Whose.</param>
    /// <param name="name">Which.</param>
    /// <param name="version">Null for all versions.</param>
    /// <param name="cancellationToken">Changes nothing.</param>
    /// <returns>How many there were.</returns>
    public Task<int> RemoveAsync(ApiToken token, string name, string? version, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return database.Command(
            "DELETE FROM thanosql.table_template WHERE token_id = $1 AND name = $2 AND version = coalesce($3, version)", token.Id, name, version)
            .RunAsync(cancellationToken);
    }
}

/// <summary>One version of a form.</summary>
/// <param name="Version">1.0 to 9.9.</param>
/// <param name="Form">JSON.</param>
/// <param name="Compatibility">With earlier versions, as the client calls it.</param>
public sealed record TableTemplate(string Name, string Version, string Form, string Compatibility, DateTime CreatedAt);
