using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql token create | list | sign-in | psql | revoke</c></summary>
internal static class TokenCommand
{
    private const int MostDays = 36_500;

    public static Command Create() =>
        new("token", "API tokens: who may search, query, write or administer.") { CreateToken(), List(), SignIn(), TokenPsql.Create(), Revoke() };

    private static Command CreateToken()
    {
        var name = new Argument<string>("name") { Description = "What the token is for." };
        var scope = new Option<string>("--scope")
        {
            Description = "search: the search endpoint; query: SELECT and PREDICT too; write: changes tables and builds models; admin: everything.",
            DefaultValueFactory = _ => TokenScope.Query.Name(),
        }.AcceptOnlyFromAmong([.. Enum.GetValues<TokenScope>().Select(TokenScopes.Name)]);
        var days = new Option<int?>("--days") { Description = "Days until it expires; default: never." };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > MostDays)
                result.AddError($"--days is a number from 1 to {MostDays}.");
        });
        var tables = Several("--table", "A table that it may search (scope search; may repeat). Default: all.");
        var prefixes = Several("--prefix", "A folder of the pictures that it sees, such as products/ (scope search; may repeat). Default: all.");
        var origins = Several("--origin", "Of the pages that use it, such as https://shop.example (scope search; may repeat). Default: any.");
        var perMinute = new Option<int?>("--per-minute")
        {
            Description = "Requests that each query process answers in a minute (scope search). Default: any number.",
        };
        var command = new Command("create", "Makes a token and prints it, once.") { name, scope, days, tables, prefixes, origins, perMinute };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var token = new NewToken(
                parsed.GetValue(name)!, TokenScopes.Parse(parsed.GetValue(scope)!),
                parsed.GetValue(days) is { } count ? services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(count) : null,
                new TokenRestrictions(
                    parsed.GetValue(tables)!, parsed.GetValue(prefixes)!, parsed.GetValue(origins)!, parsed.GetValue(perMinute)));
            Console.WriteLine((await services.GetRequiredService<TokenCatalog>().CreateAsync(token, Actor.CommandLine, cancellationToken)).Secret);
        });
        return command;

        static Option<string[]> Several(string option, string description) =>
            new(option) { Description = description, DefaultValueFactory = _ => [] };
    }

    private static Command List()
    {
        var command = new Command("list", "Shows names, scopes, restrictions and dates (UTC), the last use to a minute; never secrets.");
        command.SetCatalogAction(async (_, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("name", "scope", "restricted to", "created", "last used", "expires", "revoked");
            foreach (var token in await services.GetRequiredService<TokenCatalog>().ListAsync(cancellationToken))
            {
                table.AddRow(
                    Markup.Escape(token.Name), token.Scope.Name(), Markup.Escape(Restrictions(token.Restrictions)), Date(token.CreatedAt),
                    Date(token.LastUsedAt), Date(token.ExpiresAt), Date(token.RevokedAt));
            }
            AnsiConsole.Write(table);
        });
        return command;
    }

    private static Command SignIn()
    {
        var name = new Argument<string>("name") { Description = "The token's." };
        var address = new Option<string>("--address")
        {
            Description = "By which browsers know the service.",
            DefaultValueFactory = _ => ServiceApplication.DefaultUrls,
        };
        const string description = "Prints a link that signs a browser in to the page as the token, once, within 15 minutes.";
        var command = new Command("sign-in", description) { name, address };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            var token = (await services.GetRequiredService<TokenCatalog>().ListAsync(cancellationToken))
                .FirstOrDefault(t => t.Name == parsed.GetValue(name) && t.IsValidAt(now))
                ?? throw new CatalogException($"There is no token '{parsed.GetValue(name)}' in force: 'thanosql token list' shows them all.");
            Console.WriteLine(await PageLink.CreateAsync(services, parsed.GetValue(address)!, token, cancellationToken));
        });
        return command;
    }

    private static Command Revoke()
    {
        var name = new Argument<string>("name") { Description = "The token's." };
        var command = new Command("revoke", "Ends a token, what it is still doing and its image links, within a second.") { name };
        command.SetCatalogAction((parsed, services, cancellationToken) =>
            services.GetRequiredService<TokenCatalog>().RevokeAsync(parsed.GetValue(name)!, cancellationToken));
        return command;
    }

    private static string Restrictions(TokenRestrictions of) => string.Join(
        '\n',
        of.Tables.Select(table => $"table {table}").Concat(of.Prefixes.Select(prefix => $"pictures {prefix}")).Concat(of.Origins)
            .Concat(of.PerMinute is { } most ? [string.Create(CultureInfo.InvariantCulture, $"{most} a minute")] : []));

    private static string Date(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";
}
