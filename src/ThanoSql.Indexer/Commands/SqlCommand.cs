namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql sql "SELECT …"</c></summary>
internal static class SqlCommand
{
    private const string MakeOne = "Make one: thanosql token create NAME --scope write";

    public static Command Create()
    {
        var statement = new Argument<string>("statement") { Description = "One statement; '-' reads it from standard input." };
        var url = new Option<string>("--url")
        {
            Description = "The service.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("THANOSQL_URL") ?? ServiceApplication.DefaultUrls,
        };
        var token = new Option<string?>("--token") { Description = $"An API token; default: $THANOSQL_API_TOKEN. {MakeOne}" };
        var rows = new Option<int>("--rows") { Description = "Rows shown.", DefaultValueFactory = _ => 50 };
        rows.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
                result.AddError("--rows is a number from 0.");
        });
        var command = new Command("sql", "Sends a statement to a running service and shows its result.") { statement, url, token, rows };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var secret = parsed.GetValue(token) ?? Environment.GetEnvironmentVariable("THANOSQL_API_TOKEN")
                ?? throw new StartException($"A token is needed: --token or $THANOSQL_API_TOKEN. {MakeOne}");
            var text = parsed.GetValue(statement)!;
            if (text == "-")
                text = await Console.In.ReadToEndAsync(cancellationToken);
            var address = Uri.TryCreate(parsed.GetValue(url), UriKind.Absolute, out var service) && service.Scheme is "http" or "https"
                ? service
                : throw new StartException(
                    $"'{parsed.GetValue(url)}' is no address of a service: --url or $THANOSQL_URL, such as {ServiceApplication.DefaultUrls}");
            using var client = new ServiceClient(address, secret);
            var result = await client.RunAsync(text, message => AnsiConsole.MarkupLineInterpolated($"[grey]{message}[/]"), cancellationToken);
            if (result is null)
                AnsiConsole.WriteLine("Success");
            else
                result.Draw(AnsiConsole.Console, parsed.GetValue(rows));
            return 0;
        });
        return command;
    }
}
