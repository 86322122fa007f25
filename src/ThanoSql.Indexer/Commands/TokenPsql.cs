using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Doors;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql token psql</c>: a login of PostgreSQL with a token's rights, for some hours.</summary>
internal static class TokenPsql
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The token's." };
        var hours = new Option<TimeSpan>("--for")
        {
            Description = "How long it holds, such as 30m or 8h; the token's end comes first.",
            DefaultValueFactory = _ => TimeSpan.FromHours(8),
            CustomParser = result =>
            {
                var text = result.Tokens.Single().Value;
                if (Duration(text) is { } duration)
                    return duration;
                result.AddError($"--for is a number of minutes or hours, such as 30m or 8h, not '{text}'.");
                return default;
            },
        };
        var close = new Option<bool>("--close") { Description = "Ends the token's logins instead, and their sessions." };
        var command = new Command("psql", "Prints a login for psql, pandas and other clients of PostgreSQL, once, with a token's rights.")
        {
            name, hours, close,
        };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var token = (await services.GetRequiredService<TokenCatalog>().ListAsync(cancellationToken))
                .FirstOrDefault(t => t.Name == parsed.GetValue(name))
                ?? throw new CatalogException($"There is no token '{parsed.GetValue(name)}': 'thanosql token list' shows them all.");
            var logins = services.GetRequiredService<DoorLogins>();
            if (parsed.GetValue(close))
            {
                Console.WriteLine($"{await logins.CloseAsync(token.Id, cancellationToken)} logins end.");
                return;
            }
            Print(await logins.OpenAsync(token, parsed.GetValue(hours), Actor.CommandLine, cancellationToken));
        });
        return command;
    }

    private static void Print(DoorLogin login)
    {
        Console.WriteLine($"""
            host      {login.Host}
            port      {login.Port}
            database  {login.Database}
            user      {login.User}
            password  {login.Password}
            expires   {login.ExpiresAt:u}

            psql '{login.Url}'
            sqlalchemy.create_engine('{login.Url}')
            """);
    }

    /// <returns>Null for what is none.</returns>
    internal static TimeSpan? Duration(string text) =>
        text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? text[^1] switch { 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), _ => null }
            : null;
}
