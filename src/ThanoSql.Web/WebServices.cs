using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.WebEncoders;
using MudBlazor.Services;
using ThanoSql.Web.Access;
using ThanoSql.Web.Labels;
using ThanoSql.Web.Models;
using ThanoSql.Web.Pipelines;
using ThanoSql.Web.Search;

namespace ThanoSql.Web;

/// <summary>The page for the shop and the operator, beside the query service.</summary>
public static class WebServices
{
    private const long LargestMessage = 256 * 1024; // what a place kept from its first rendering comes back in one

    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(2);

    /// <summary>Needs AddQuery and AddTrainingRequests.</summary>
    public static IServiceCollection AddWeb(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents()
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = LargestMessage);
        services.Configure<CircuitOptions>(circuits =>
        {
            // A page that lost its socket finds its state here, or loads anew from its address
            circuits.DisconnectedCircuitRetentionPeriod = Lost;
            circuits.DisconnectedCircuitMaxRetained = 50;
        });
        services.Configure<WebEncoderOptions>(html => html.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All)); // 과일, not &#xACFC;…
        services.Configure<AntiforgeryOptions>(forms => forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
        services.AddMudServices();
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, TokenRevalidation>();
        services.AddScoped<PageTexts>().AddScoped<PageTheme>().AddScoped<PageSession>();
        services.AddSingleton<PageSignIn>();
        services.AddSingleton<SearchLoader>().AddSingleton<LabelViews>().AddSingleton<FailureReader>().AddSingleton<ModelActions>();
        return services;
    }

    /// <summary>Maps the page's places, its files, and signing out. After MapQuery.</summary>
    public static WebApplication MapWeb(this WebApplication app)
    {
        app.Use(PageCookie.GuardSocketAsync);
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous().ExcludeFromDescription();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().ExcludeFromDescription()
            .RequireAuthorization(new AuthorizeAttribute(Policies.Restricted)).WithMetadata(new PageEndpoint());
        SignOut.Map(app);
        return app;
    }
}
