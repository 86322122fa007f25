using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Indexer.Hosting;

/// <summary>The address that opens the page and signs in once.</summary>
internal static class PageLink
{
    private const string OwnName = "page";

    /// <summary>For a token that there is.</summary>
    /// <param name="services">Of the service.</param>
    /// <param name="address">By which browsers know it.</param>
    /// <param name="token">Who is signed in.</param>
    /// <param name="cancellationToken">Stops before a link is made.</param>
    public static async Task<string> CreateAsync(
        IServiceProvider services, string address, ApiToken token, CancellationToken cancellationToken) =>
        $"{address.TrimEnd('/')}/sign-in?code={await services.GetRequiredService<SignInLinks>().CreateAsync(token, cancellationToken)}";

    /// <summary>For whoever started the service: with every right, as a token 'page' that can be revoked like others.</summary>
    /// <inheritdoc cref="CreateAsync"/>
    public static async Task<string> CreateOwnAsync(IServiceProvider services, string address, CancellationToken cancellationToken)
    {
        var (tokens, now) = (services.GetRequiredService<TokenCatalog>(), services.GetRequiredService<TimeProvider>().GetUtcNow());
        var all = await tokens.ListAsync(cancellationToken);
        var own = all.FirstOrDefault(t => IsOwn(t.Name) && t.Scope == TokenScope.Admin && t.IsValidAt(now));
        if (own is null)
        {
            var name = all.Any(t => t.Name == OwnName)
                ? string.Create(CultureInfo.InvariantCulture, $"{OwnName} {now:yyyy-MM-dd HH:mm:ss}")
                : OwnName;
            var made = new NewToken(name, TokenScope.Admin, ExpiresAt: null, TokenRestrictions.None);
            (own, _) = await tokens.CreateAsync(made, Actor.CommandLine, cancellationToken);
        }
        return await CreateAsync(services, address, own, cancellationToken);
    }

    private static bool IsOwn(string name) => name == OwnName || name.StartsWith($"{OwnName} ", StringComparison.Ordinal);
}
