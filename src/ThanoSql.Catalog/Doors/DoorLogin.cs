using System.Net.Sockets;

namespace ThanoSql.Catalog.Doors;

/// <summary>A login of PostgreSQL that holds for some hours. Whoever has it has the rights of its token.</summary>
/// <param name="Host">A name, an address, or the folder of a Unix socket.</param>
/// <param name="Port">Of PostgreSQL.</param>
/// <param name="Database">The only one that it reaches.</param>
/// <param name="User">Of this login alone.</param>
/// <param name="Password">Shown this once.</param>
/// <param name="Scope"><c>query</c> or <c>write</c>.</param>
/// <param name="ExpiresAt">When it ends, its sessions included.</param>
public sealed record DoorLogin(string Host, int Port, string Database, string User, string Password, string Scope, DateTimeOffset ExpiresAt)
{
    /// <summary>As libpq (psql, psycopg) and SQLAlchemy read it.</summary>
    public string Url
    {
        get
        {
            var (host, place) = Host.StartsWith('/')
                ? ("", string.Create(CultureInfo.InvariantCulture, $"?host={Uri.EscapeDataString(Host)}&port={Port}"))
                : (string.Create(CultureInfo.InvariantCulture, $"{BracketedHost}:{Port}"), "");
            return $"postgresql://{Uri.EscapeDataString(User)}:{Password}@{host}/{Uri.EscapeDataString(Database)}{place}";
        }
    }

    private string BracketedHost =>
        System.Net.IPAddress.TryParse(Host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Host}]" : Host;

    /// <summary>Without the password: records are written to logs.</summary>
    public override string ToString() => $"{User}@{Host}";
}
