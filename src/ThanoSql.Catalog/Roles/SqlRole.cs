using System.Text;

namespace ThanoSql.Catalog.Roles;

/// <summary>
/// The LOGIN role that the SQL of a scope runs as: one reads the tables of schema public and the views of schema thanosql, the other also writes
/// schema public. Roles belong to the whole server, so their names carry the database's.
/// </summary>
internal sealed record SqlRole(string Name)
{
    private const int MaxBytes = 63; // PostgreSQL cuts longer names off, silently

    public string Quoted => Identifier.Quote(Name);

    public string Literal => Identifier.Literal(Name);

    public string Secret => $"sql_role:{Name}";

    /// <exception cref="CatalogException">The database's name is too long to make role names of.</exception>
    public static SqlRole Of(TokenScope scope, string database)
    {
        var name = database + (scope.Writes() ? "_write" : "_query");
        return Encoding.UTF8.GetByteCount(name) <= MaxBytes
            ? new SqlRole(name)
            : throw new CatalogException($"The role name '{name}' is longer than {MaxBytes} bytes: give the database a shorter name.");
    }
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
