using System.ComponentModel.DataAnnotations;
using System.Net;

namespace ThanoSql.Query.Access;

/// <summary>Section <c>Query:Logins</c>: how often an address may send tokens that are wrong.</summary>
public sealed class LoginOptions : IValidatableObject
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

    /// <summary>
    /// Proxies (addresses or networks, <c>10.0.0.0/8</c>) whose X-Forwarded-For is believed. None by default: anybody can send that header.
    /// </summary>
    public IList<string> Proxies { get; } = [];

    internal IEnumerable<IPNetwork> ProxyNetworks() => Proxies.Select(text => Network(text)!.Value);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Proxies.Where(text => Network(text) is null)
        .Select(text => new ValidationResult($"Query:Logins:Proxies: '{text}' is neither an address nor a network such as 10.0.0.0/8."));

    private static IPNetwork? Network(string text) => IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
