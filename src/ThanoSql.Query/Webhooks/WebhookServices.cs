using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Query.Webhooks;

internal static class WebhookServices
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WebhookOptions>().Bind(configuration.GetSection(WebhookOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<ResolveHost>(Dns.GetHostAddressesAsync);
        services.AddSingleton<WebhookCaller>();
        services.AddSingleton(p => new WebhookTester(
            p.GetRequiredService<WebhookCatalog>(), p.GetRequiredService<WebhookCaller>(), p.GetRequiredService<TimeProvider>()));
        return services.AddHostedService<WebhookSender>();
    }
}
