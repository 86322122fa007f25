namespace ThanoSql.Catalog.Tokens;

/// <summary>A token as the catalog knows it: everything but the secret.</summary>
/// <param name="Name">Unique; what people call it.</param>
/// <param name="Scope">The widest thing it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="RevokedAt">Null: in force.</param>
public sealed record ApiToken(string Name, TokenScope Scope, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    /// <summary>Never given to another token.</summary>
    public int Id { get; init; }

    /// <summary>To a minute; null: not yet.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    public TokenRestrictions Restrictions { get; init; } = TokenRestrictions.None;

    /// <summary>Whether it may do less than its scope says.</summary>
    public bool IsRestricted => !Restrictions.IsNone;

    public bool IsValidAt(DateTimeOffset time) => RevokedAt is null && (ExpiresAt is null || time < ExpiresAt);
}

/// <summary>What a token may do; each scope includes the ones before it.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>search</term><description>keyword search, label counts and images over HTTP</description></item>
/// <item><term>query</term><description>SELECT, PREDICT, SEARCH, EVALUATE, LIST, PRINT: everything that only reads</description></item>
/// <item><term>write</term><description>INSERT, UPDATE, DELETE, CREATE and DROP of tables and views, COPY, GET, BUILD, FIT, UPLOAD, DELETE MODEL;
/// storing images</description></item>
/// <item><term>admin</term><description>retrying and dismissing failures, tokens</description></item>
/// </list>
/// </remarks>
public enum TokenScope
{
    Search,
    Query,
    Write,
    Admin,
}

public static class TokenScopes
{
    /// <summary>Whether SQL of the scope may write.</summary>
    public static bool Writes(this TokenScope scope) => scope >= TokenScope.Write;

    /// <summary>The name in the catalog and in messages: <c>search</c>, <c>query</c>, <c>write</c> or <c>admin</c>.</summary>
    public static string Name(this TokenScope scope) => scope switch
    {
        TokenScope.Search => "search",
        TokenScope.Query => "query",
        TokenScope.Write => "write",
        _ => "admin",
    };

    /// <exception cref="CatalogException">No scope has that name.</exception>
    public static TokenScope Parse(string name) => name switch
    {
        "search" => TokenScope.Search,
        "query" => TokenScope.Query,
        "write" => TokenScope.Write,
        "admin" => TokenScope.Admin,
        _ => throw new CatalogException($"There is no scope '{name}': use search, query, write or admin."),
    };
}
