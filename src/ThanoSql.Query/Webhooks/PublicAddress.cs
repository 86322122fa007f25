using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ThanoSql.Query.Webhooks;

/// <summary>Which addresses are on the public internet, and not of this machine's own networks.</summary>
internal static class PublicAddress
{
    // RFC 6890 and its successors; of IPv6 only what is given out to anybody is public, less what carries or documents other addresses
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork Given = IPNetwork.Parse("2000::/3");

    public static bool Is(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily == AddressFamily.InterNetwork || Given.Contains(plain)) && !Special.Any(n => n.Contains(plain))
            && !OwnNetworks().Any(own => SharePrefix(own.Address, plain, own.PrefixLength));
    }

    private static IEnumerable<UnicastIPAddressInformation> OwnNetworks() =>
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses);

    private static bool SharePrefix(IPAddress own, IPAddress other, int bits)
    {
        var (left, right) = (own.GetAddressBytes(), other.GetAddressBytes());
        if (left.Length != right.Length || bits == 0)
            return false;
        var whole = bits / 8;
        return left.AsSpan(0, whole).SequenceEqual(right.AsSpan(0, whole))
            && (bits % 8 == 0 || (left[whole] ^ right[whole]) >> (8 - bits % 8) == 0);
    }
}
