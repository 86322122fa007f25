namespace ThanoSql.Catalog.Destinations;

/// <summary>Templates of statements, for each token its own.</summary>
public sealed class QueryTemplates(NpgsqlDataSource database, TimeProvider time)
{
    private const int MostOfAToken = 1_000;
    private const string Columns = "template_id AS id, name, query, created_at, updated_at";

    /// <summary>The token's templates.</summary>
    /// <param name="token">Whose.</param>
    /// <param name="which">Which of them, and in which order.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<List<QueryTemplate>> ListAsync(ApiToken token, TemplateSearch which, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(which);
        var order = which.Order switch
        {
            TemplateOrder.NameAscending => "name",
            TemplateOrder.NameDescending => "name DESC",
            _ => "created_at DESC, template_id DESC",
        };
        var sql = $"""
            SELECT {Columns} FROM thanosql.query_template WHERE token_id = $1 AND ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0)
            ORDER BY {order} OFFSET $3 LIMIT $4
            """;
        return database.Command(sql, token.Id, which.Part, which.Offset, which.Limit).ListAsync<QueryTemplate>(cancellationToken);
    }

    /// <summary><c>query_template_N</c>, where N is the next number that no template of the token has.</summary>
    public async Task<string> NewNameAsync(ApiToken token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        const string sql = """
            SELECT coalesce(max(substring(name FROM '^query_template_([0-9]{1,9})$')::bigint), 0) + 1 FROM thanosql.query_template WHERE token_id = $1
            """;
        var number = await database.Command(sql, token.Id).ScalarAsync<long>(cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"query_template_{number}");
    }

    /// <summary>Null when the token has none of that name.</summary>
    public Task<QueryTemplate?> FindAsync(ApiToken token, string name, CancellationToken cancellationToken) =>
        OneAsync($"SELECT {Columns} FROM thanosql.query_template WHERE token_id = $1 AND name = $2", [token?.Id, name], cancellationToken);

    /// <summary>Null when the token has none of that number.</summary>
    public Task<QueryTemplate?> FindAsync(ApiToken token, int id, CancellationToken cancellationToken) =>
        OneAsync($"SELECT {Columns} FROM thanosql.query_template WHERE token_id = $1 AND template_id = $2", [token?.Id, id], cancellationToken);

    /// <returns>Null when the token has one of that name.</returns>
    /// <exception cref="CatalogException">It has as many as a token may.</exception>
    public async Task<QueryTemplate?> AddAsync(ApiToken token, string name, string query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        var count = await database.Command("SELECT count(*) FROM thanosql.query_template WHERE token_id = $1", token.Id)
            .ScalarAsync<long>(cancellationToken);
        if (count >= MostOfAToken)
            throw new CatalogException($"The token '{token.Name}' has {count} templates, the most that one may have: delete some.");
        const string sql = $"""
            INSERT INTO thanosql.query_template (token_id, name, query, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (token_id, name) DO NOTHING RETURNING {Columns}
            """;
        return await OneAsync(sql, [token.Id, name, query, time.GetUtcNow()], cancellationToken);
    }

    /// <summary>Gives a template another name, another text, or both.</summary>
    /// <param name="token">Whose.</param>
    /// <param name="name">As it is called now.</param>
    /// <param name="newName">Null: as before.</param>
    /// <param name="query">Null: as before.</param>
    /// <param name="cancellationToken">Changes nothing.</param>
    /// <returns>Null when the token has none of that name.</returns>
    /// <exception cref="PostgresException">It has another of the new name (23505).</exception>
    public Task<QueryTemplate?> ChangeAsync(ApiToken token, string name, string? newName, string? query, CancellationToken cancellationToken)
    {
        const string sql = $"""
            UPDATE thanosql.query_template SET name = coalesce($3, name), query = coalesce($4, query), updated_at = $5
            WHERE token_id = $1 AND name = $2 RETURNING {Columns}
            """;
        return OneAsync(sql, [token?.Id, name, newName, query, time.GetUtcNow()], cancellationToken);
    }

    /// <returns>False when the token has none of that name.</returns>
    public async Task<bool> RemoveAsync(ApiToken token, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return await database.Command("DELETE FROM thanosql.query_template WHERE token_id = $1 AND name = $2", token.Id, name)
            .RunAsync(cancellationToken) > 0;
    }

    private async Task<QueryTemplate?> OneAsync(string sql, object?[] values, CancellationToken cancellationToken) =>
        (await database.Command(sql, values).ListAsync<QueryTemplate>(cancellationToken)).SingleOrDefault();
}

/// <summary>A statement with places for values.</summary>
/// <param name="Id">Never given to another.</param>
/// <param name="Name">Unique for its token.</param>
public sealed record QueryTemplate(int Id, string Name, string Query, DateTime CreatedAt, DateTime UpdatedAt);

/// <summary>Which templates somebody looks for.</summary>
/// <param name="Part">Of the name, in whatever letters; null: all.</param>
/// <param name="Order">In which they come.</param>
/// <param name="Offset">Templates to leave out.</param>
/// <param name="Limit">Templates at most.</param>
public sealed record TemplateSearch(string? Part, TemplateOrder Order, int Offset, int Limit);

public enum TemplateOrder
{
    /// <summary>The newest first.</summary>
    Recent,
    NameAscending,
    NameDescending,
}
