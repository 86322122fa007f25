namespace ThanoSql.Query.Access;

/// <summary>What a restricted token reaches of what can be searched.</summary>
internal static class TokenReach
{
    /// <exception cref="QueryException">The token is for other tables.</exception>
    public static void CheckTable(this ApiToken token, string table)
    {
        if (token.Restrictions.Tables is { Count: > 0 } tables && !tables.Contains(table))
        {
            throw new QueryException(
                ErrorCode.PermissionDenied, $"The token '{token.Name}' does not reach the table '{table}'.",
                hint: $"It searches {string.Join(", ", tables)}.");
        }
    }

    /// <summary>With one of these begins the image path of each row that it sees; none: it sees all.</summary>
    public static IReadOnlyList<string> Paths(this ApiToken token, string workspace) => token.Restrictions.Prefixes is { Count: > 0 } prefixes
        ? prefixes.SelectMany(prefix => StorePrefix.Parse(prefix, workspace).Spellings(workspace)).ToArray()
        : [];
}
