using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Query.Access;

/// <summary>Section <c>Query:Logins</c>: how often an address may send tokens that are wrong.</summary>
public sealed class LoginOptions
{
    public const string Section = "Query:Logins";

    /// <summary>Failed logins of one address within the window; the next one gets 429 until the oldest is out of it.</summary>
    [Range(1, 10_000)]
    public int Failures { get; set; } = 20;

    /// <summary>The window, in seconds.</summary>
    [Range(1, 3600)]
    public int Seconds { get; set; } = 60;

    /// <summary>Addresses that are remembered; past that the one that failed longest ago is forgotten.</summary>
    [Range(1, 1_000_000)]
    public int Addresses { get; set; } = 10_000;
}
