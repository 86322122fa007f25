using System.ComponentModel.DataAnnotations;
using System.Net;

namespace ThanoSql.Query.Access;

/// <summary>Section <c>Query</c>: what stands between this service and its clients.</summary>
public sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Query";

    /// <summary>
    /// Proxies (addresses or networks, <c>10.0.0.0/8</c>) whose X-Forwarded-For, -Proto, -Host and -Prefix are believed. None by default: anybody can
    /// send these headers.
    /// </summary>
    public IList<string> ForwardedFrom { get; } = [];

    /// <summary>The path under which a proxy shows the service (<c>/index</c>), where it does not say so itself; empty: none.</summary>
    public string BasePath { get; set; } = "";

    internal IEnumerable<IPNetwork> Networks() => ForwardedFrom.Select(text => Network(text)!.Value);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var text in ForwardedFrom.Where(text => Network(text) is null))
            yield return new ValidationResult($"Query:ForwardedFrom: '{text}' is neither an address nor a network such as 10.0.0.0/8.");
        if (BasePath.Length > 0 && (BasePath[0] != '/' || BasePath.EndsWith('/') || !Uri.IsWellFormedUriString(BasePath, UriKind.Relative)))
            yield return new ValidationResult($"Query:BasePath: '{BasePath}' is no path such as /index, with a slash before it and none behind.");
    }

    private static IPNetwork? Network(string text) => IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
