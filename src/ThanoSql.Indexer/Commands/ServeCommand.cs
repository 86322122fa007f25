using ThanoSql.Indexer.EmbeddedPostgreSql;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql up | worker | trainer | query</c></summary>
internal static class ServeCommand
{
    public static Command Create(string name, Roles roles, string description)
    {
        var urls = new Option<string?>("--urls") { Description = $"Addresses to listen on. Default: {ServiceApplication.DefaultUrls}" };
        var command = new Command(name, description) { urls };
        var open = new Option<bool>("--open") { Description = "Print a link that opens the page and signs in, once, within 15 minutes." };
        if (roles.HasFlag(Roles.Query))
            command.Add(open);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            roles, parsed.GetValue(CommandLine.Home), parsed.GetValue(urls), roles.HasFlag(Roles.Query) && parsed.GetValue(open), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Roles roles, string? home, string? urls, bool open, CancellationToken cancellationToken)
    {
        await using var installation = roles == Roles.All
            ? await Installation.HoldAsync(ServiceApplication.Builder().Configuration, home, Console.WriteLine, cancellationToken)
            : Installation.WithoutDatabase(home);
        var builder = ServiceApplication.Builder(installation.Settings);
        if (urls is not null)
            builder.Configuration.AddInMemoryCollection([new("Query:Urls", urls)]);
        builder.Services.AddSystemd(); // tells a systemd service when it is ready; of no effect elsewhere
        installation.Supervise(builder.Services);
        await using var app = await ServiceApplication.BuildAsync(builder, roles, cancellationToken);
        var supervisor = app.Services.GetService<ServerSupervisor>();
        try
        {
            await app.StartAsync(cancellationToken);
            if (open)
                Console.WriteLine($"Open the page: {await PageLink.CreateOwnAsync(app.Services, app.Urls.First(), cancellationToken)}");
            await app.WaitForShutdownAsync(cancellationToken);
        }
        catch (Exception) when (supervisor?.Failure is not null)
        {
            // roles that could not end in order without their database
        }
        return supervisor?.Failure is { } failure ? throw failure : 0;
    }
}
