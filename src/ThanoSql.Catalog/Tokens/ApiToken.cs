namespace ThanoSql.Catalog.Tokens;

/// <summary>A token as the catalog knows it: everything but the secret.</summary>
/// <param name="Name">Unique; what people call it.</param>
/// <param name="Scope">The widest thing it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="RevokedAt">Null: in force.</param>
public sealed record ApiToken(string Name, TokenScope Scope, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    public bool IsValidAt(DateTimeOffset time) => RevokedAt is null && (ExpiresAt is null || time < ExpiresAt);
}
