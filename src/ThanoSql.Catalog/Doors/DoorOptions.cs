using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Catalog.Doors;

/// <summary>Section <c>Database:Door</c>: short-lived logins for psql, pandas and other clients of PostgreSQL.</summary>
public sealed class DoorOptions
{
    public const string Section = "Database:Door";

    /// <summary>Whether logins are given; turned off, those in use end, too.</summary>
    public bool Open { get; set; } = true;

    /// <summary>By which clients reach PostgreSQL. Default: the host of <c>Database:ConnectionString</c>.</summary>
    public string? Host { get; set; }

    /// <summary>Default: the port of <c>Database:ConnectionString</c>.</summary>
    [Range(1, 65_535)]
    public int? Port { get; set; }

    /// <summary>For which a login holds at most. A token that ends sooner takes its logins with it.</summary>
    [Range(1, 720)]
    public int MostHours { get; set; } = 24;

    /// <summary>Logins of a token at once.</summary>
    [Range(1, 100)]
    public int LoginsPerToken { get; set; } = 5;

    /// <summary>Sessions of a login at once.</summary>
    [Range(1, 100)]
    public int Connections { get; set; } = 5;

    /// <summary>Sessions that all logins together may have; the rest of the server's <c>max_connections</c> is the service's own.</summary>
    [Range(1, 10_000)]
    public int TotalConnections { get; set; } = 50;

    /// <summary>Seconds that a transaction may last; its session is ended then, whatever it is at.</summary>
    [Range(1, 86_400)]
    public int Seconds { get; set; } = 300;

    /// <summary>Seconds that a session may sit in a transaction without doing anything.</summary>
    [Range(1, 86_400)]
    public int IdleSeconds { get; set; } = 60;
}
