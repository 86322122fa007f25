using ThanoSql.Indexer.EmbeddedPostgreSql;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql up | worker | trainer | query</c></summary>
internal static class ServeCommand
{
    public static Command Create(string name, Roles roles, string description)
    {
        var urls = new Option<string?>("--urls") { Description = $"Addresses to listen on. Default: {ServiceApplication.DefaultUrls}" };
        var command = new Command(name, description) { urls };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(roles, parsed.GetValue(CommandLine.Home), parsed.GetValue(urls), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Roles roles, string? home, string? urls, CancellationToken cancellationToken)
    {
        await using var installation = roles == Roles.All
            ? await Installation.HoldAsync(ServiceApplication.Builder().Configuration, home, Console.WriteLine, cancellationToken)
            : Installation.WithoutDatabase(home);
        var builder = ServiceApplication.Builder(installation.Settings);
        if (urls is not null)
            builder.Configuration["Query:Urls"] = urls;
        installation.Supervise(builder.Services);
        await using var app = await ServiceApplication.BuildAsync(builder, roles, cancellationToken);
        var supervisor = app.Services.GetService<ServerSupervisor>();
        try
        {
            await app.RunAsync(cancellationToken);
        }
        catch (Exception) when (supervisor?.Failure is not null)
        {
            // roles that could not end in order without their database
        }
        return supervisor?.Failure is { } failure ? throw failure : 0;
    }
}
