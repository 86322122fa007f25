using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.Demo;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql demo</c>: the main job, end to end, on real photographs.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);

    public static Command Create()
    {
        var keep = new Option<bool>("--keep") { Description = "Leave the services running afterwards." };
        var command = new Command("demo", "Runs the keyword image search tutorial and a small shop on this machine, with nothing set up.") { keep };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(CommandLine.Home) ?? HomeFolder.Default + "-demo", parsed.GetValue(keep), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string home, bool keep, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Console;
        await using var installation = await Installation.HoldAsync(
            ServiceApplication.Builder().Configuration, home, line => console.MarkupLineInterpolated($"[grey]{line}[/]"), cancellationToken);
        var builder = ServiceApplication.Builder(installation.Settings);
        builder.Configuration["Query:Urls"] = "http://127.0.0.1:0";
        builder.Logging.OnlyWarnings();
        await using var app = await ServiceApplication.BuildAsync(builder, Roles.All, cancellationToken);
        await app.StartAsync(cancellationToken);
        try
        {
            var token = await app.Services.GetRequiredService<TokenCatalog>().CreateAsync(
                $"demo {Guid.NewGuid():N}", TokenScope.Admin, TokenLifetime, cancellationToken);
            var address = app.Urls.First();
            using var client = new ServiceClient(new Uri(address), token);
            await PerformAsync(console, client, app.Services, cancellationToken);
            if (keep)
            {
                console.MarkupLineInterpolated($"The services run at [link]{address}[/] until Ctrl-C; token (one day): {token}");
                Console.WriteLine($"The page, signed in once: {await PageLink.CreateOwnAsync(app.Services, address, cancellationToken)}");
                await app.WaitForShutdownAsync(cancellationToken);
            }
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
        }
        return 0;
    }

    private static async Task PerformAsync(IAnsiConsole console, ServiceClient client, IServiceProvider services, CancellationToken cancellationToken)
    {
        var stage = new Stage(console, client);
        await stage.WaitAsync(
            "SELECT count(*) FROM thanosql.training_runs WHERE state IN ('queued', 'running')", open => open == 0,
            "the training that an earlier run left is finished first …", cancellationToken);
        stage.Title("The tutorial: keyword image search");
        foreach (var statement in Tutorial.Statements)
            await stage.RunAsync(statement, cancellationToken);

        stage.Title("A shop: photographs dropped into a bucket are indexed as they arrive");
        var workspace = services.GetRequiredService<IOptions<SqlOptions>>().Value.Workspace;
        var shop = new Shop(stage, client, Path.Combine(services.GetRequiredService<FolderStore>().Root, workspace));
        await shop.OpenAsync(cancellationToken);
        await shop.SearchAsync("과일", cancellationToken);
        await shop.DropAsync(cancellationToken);
        console.MarkupLine("[green]Done.[/]");
    }
}
