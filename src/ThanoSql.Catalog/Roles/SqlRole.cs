using System.Text;

namespace ThanoSql.Catalog.Roles;

/// <summary>
/// A LOGIN role of this database that <see cref="RoleScript"/> made. Roles belong to the whole server, so their names carry the database's.
/// </summary>
/// <param name="Scope"><c>query</c>: users' SQL that reads the tables of schema public and the views of schema thanosql; <c>write</c>: users' SQL
/// that changes, and owns, tables of schema public; <c>tables</c>: the service itself, wherever it touches those tables.</param>
internal sealed record SqlRole(string Database, string Scope)
{
    private const int MaxBytes = 63; // PostgreSQL cuts longer names off, silently

    public string Name => $"{Database}_{Scope}";

    public string Quoted => Identifier.Quote(Name);

    public string Literal => Identifier.Literal(Name);

    public string Secret => $"sql_role:{Name}";

    /// <exception cref="CatalogException">The database's name is too long to make role names of.</exception>
    public static SqlRole Of(TokenScope scope, string database) => Checked(new SqlRole(database, scope.Writes() ? "write" : "query"));

    /// <exception cref="CatalogException">The database's name is too long to make role names of.</exception>
    public static SqlRole Tables(string database) => Checked(new SqlRole(database, "tables"));

    /// <summary>Has the rights to read, and no login: the door's sessions begin as it.</summary>
    /// <exception cref="CatalogException">The database's name is too long to make role names of.</exception>
    public static SqlRole Reader(string database) => Checked(new SqlRole(database, "reader"));

    /// <summary>Has the rights to write rows and make tables, and no login.</summary>
    /// <exception cref="CatalogException">The database's name is too long to make role names of.</exception>
    public static SqlRole Writer(string database) => Checked(new SqlRole(database, "writer"));

    private static SqlRole Checked(SqlRole role) => Encoding.UTF8.GetByteCount(role.Name) <= MaxBytes
        ? role
        : throw new CatalogException($"The role name '{role.Name}' is longer than {MaxBytes} bytes: give the database a shorter name.");
}

/// <summary>What PostgreSQL keeps of a password (RFC 5802, RFC 7677), so that the password itself never shows in a server log.</summary>
internal static class ScramVerifier
{
    private const int Iterations = 4096;

    /// <param name="password">ASCII, so that no SASLprep is needed.</param>
    public static string Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Client Key")));
        var server = HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Server Key"));
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
