using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ThanoSql.Query.Access;

/// <summary>
/// Behind proxies: the client's own address, and the scheme, host and path by which it knows the service. Comes before everything that looks at one
/// of them.
/// </summary>
internal static class Proxies
{
    private const string Former = "Query:Logins:Proxies";

    public static IServiceCollection AddProxies(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ProxyOptions>().Bind(configuration.GetSection(ProxyOptions.Section)).ValidateDataAnnotations()
            .Validate(_ => !configuration.GetSection(Former).Exists(), $"{Former} is called Query:ForwardedFrom now: rename it.")
            .ValidateOnStart();
        return services;
    }

    public static void UseProxies(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value;
        Believe(app, options);
        PathString configured = options.BasePath.Length > 0 ? PathString.FromUriComponent(options.BasePath) : default;
        app.Use((context, next) =>
        {
            UnderBase(context.Request, configured);
            return next(context);
        });
    }

    private static void Believe(WebApplication app, ProxyOptions options)
    {
        var headers = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.All,
            ForwardLimit = null, // as far back as proxies are known
        };
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var network in options.Networks())
            headers.KnownIPNetworks.Add(network);
        if (headers.KnownIPNetworks.Count > 0)
            app.UseForwardedHeaders(headers);
    }

    /// <summary>Some proxies take the base off the path, others leave it there.</summary>
    private static void UnderBase(HttpRequest request, PathString configured)
    {
        if (!request.PathBase.HasValue)
            request.PathBase = configured;
        if (request.PathBase.HasValue && request.Path.StartsWithSegments(request.PathBase, StringComparison.Ordinal, out var rest))
            request.Path = rest;
    }
}
