using System.Text;

namespace ThanoSql.Catalog.Roles;

/// <summary>The LOGIN role of a scope. Roles belong to the whole server, so their names carry the database's.</summary>
internal sealed record SqlRole(SqlScope Scope, string Name)
{
    private const int MaxBytes = 63; // PostgreSQL cuts longer names off, silently

    public string Quoted => Quote(Name);

    public string Literal => $"'{Name.Replace("'", "''", StringComparison.Ordinal)}'";

    public string Secret => $"sql_role:{Name}";

    /// <exception cref="CatalogException">The database's name is too long to make role names of.</exception>
    public static SqlRole Of(SqlScope scope, string database)
    {
        var name = database + (scope == SqlScope.Query ? "_query" : "_write");
        return Encoding.UTF8.GetByteCount(name) <= MaxBytes
            ? new SqlRole(scope, name)
            : throw new CatalogException($"The role name '{name}' is longer than {MaxBytes} bytes: give the database a shorter name.");
    }

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
