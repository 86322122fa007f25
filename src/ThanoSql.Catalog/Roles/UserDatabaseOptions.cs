using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Catalog.Roles;

/// <summary>Section <c>Database:Users</c>: the connections that users' SQL runs on.</summary>
public sealed class UserDatabaseOptions
{
    public const string Section = "Database:Users";

    /// <summary>Connections of this process for each of the two roles.</summary>
    [Range(1, 500)]
    public int Connections { get; set; } = 16;

    /// <summary>Connections that the server grants to each role, all processes together.</summary>
    [Range(1, 10_000)]
    public int ConnectionLimit { get; set; } = 64;

    /// <summary>Megabytes of sort and hash files that one session may keep on the server's disk.</summary>
    [Range(1, 1_000_000)]
    public int TempFileMegabytes { get; set; } = 1024;
}
