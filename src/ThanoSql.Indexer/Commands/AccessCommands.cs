using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql token create | list | revoke</c></summary>
internal static class TokenCommand
{
    private const int MostDays = 36_500;

    public static Command Create() => new("token", "API tokens: who may search, query, write or administer.") { CreateToken(), List(), Revoke() };

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
        var command = new Command("create", "Makes a token and prints it, once.") { name, scope, days };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            TimeSpan? lifetime = parsed.GetValue(days) is { } count ? TimeSpan.FromDays(count) : null;
            Console.WriteLine(await services.GetRequiredService<TokenCatalog>().CreateAsync(
                parsed.GetValue(name)!, TokenScopes.Parse(parsed.GetValue(scope)!), lifetime, cancellationToken));
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Shows names, scopes and dates (UTC), the last use to a minute; never secrets.");
        command.SetCatalogAction(async (_, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("name", "scope", "created", "last used", "expires", "revoked");
            foreach (var token in await services.GetRequiredService<TokenCatalog>().ListAsync(cancellationToken))
            {
                table.AddRow(
                    Markup.Escape(token.Name), token.Scope.Name(), Date(token.CreatedAt), Date(token.LastUsedAt), Date(token.ExpiresAt),
                    Date(token.RevokedAt));
            }
            AnsiConsole.Write(table);
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

    private static string Date(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";
}
