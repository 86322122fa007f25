using System.Net;
using System.Net.Sockets;

namespace ThanoSql.Indexer.Hosting;

/// <summary>
/// The addresses to listen on, looked at before anything starts: Kestrel takes a name that it does not know for every interface, and finds a taken
/// port last.
/// </summary>
internal static class ListenAddresses
{
    private const string Advice = "--urls or Query__Urls, such as http://127.0.0.1:8080";

    private const string Endpoints = "Kestrel:Endpoints"; // the framework's own: with certificates that are read again when their files change

    /// <summary>What <c>Query:Urls</c> says; null where <c>Kestrel:Endpoints</c> does instead.</summary>
    /// <exception cref="StartException">Both do, one is no address, or another program listens there.</exception>
    public static string? Of(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(Endpoints).GetChildren().ToList();
        if (endpoints.Count == 0)
        {
            var urls = configuration["Query:Urls"] ?? ServiceApplication.DefaultUrls;
            Check(urls);
            return urls;
        }
        if (configuration["Query:Urls"] is not null)
            throw new StartException($"Query:Urls (--urls) and {Endpoints} both say where to listen: keep one of them.");
        foreach (var endpoint in endpoints)
            Check(endpoint["Url"] ?? throw new StartException($"{endpoint.Path} has no Url."));
        return null;
    }

    /// <param name="urls">One or more, with ';' between them.</param>
    /// <exception cref="StartException">One is no address, or another program listens there.</exception>
    public static void Check(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (address, port) = Parse(url)
                ?? throw new StartException($"'{url}' is no address to listen on; it takes an IP address, localhost or *: {Advice}");
            if (port == 0)
                continue;
            try
            {
                using var probe = new TcpListener(address, port);
                probe.Start();
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new StartException($"Another program listens on {url}. Stop it, or choose another address: {Advice}");
            }
            catch (SocketException refused)
            {
                throw new StartException($"{url} cannot be listened on ({refused.Message}). Choose another address: {Advice}");
            }
        }
    }

    private static (IPAddress Address, int Port)? Parse(string url)
    {
        try
        {
            var binding = BindingAddress.Parse(url);
            return binding.Scheme is "http" or "https" && AddressOf(binding.Host) is { } address ? (address, binding.Port) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static IPAddress? AddressOf(string host) => host switch
    {
        "localhost" => IPAddress.Loopback,
        "*" or "+" => IPAddress.Any,
        _ => IPAddress.TryParse(host, out var address) ? address : null,
    };
}
