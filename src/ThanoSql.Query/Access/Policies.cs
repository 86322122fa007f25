using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Query.Access;

/// <summary>One policy per scope; each is met by the scope itself and by every wider one.</summary>
internal static class Policies
{
    public const string ScopeClaim = "scope";

    public static IServiceCollection AddTokenAccess(this IServiceCollection services)
    {
        services.AddAuthentication(TokenAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in Enum.GetValues<TokenScope>())
        {
            var enough = Enum.GetValues<TokenScope>().Where(s => s >= scope).Select(s => s.Name());
            authorization.AddPolicy(scope.Name(), policy => policy.RequireClaim(ScopeClaim, enough));
        }
        return services;
    }

    public static T Require<T>(this T endpoint, TokenScope scope)
        where T : IEndpointConventionBuilder => endpoint.RequireAuthorization(new AuthorizeAttribute(scope.Name()));
}
