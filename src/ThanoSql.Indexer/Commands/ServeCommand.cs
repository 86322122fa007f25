using System.CommandLine;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql up | worker | trainer | query</c></summary>
internal static class ServeCommand
{
    public static Command Create(string name, Roles roles, string description)
    {
        var urls = new Option<string?>("--urls") { Description = $"Addresses to listen on. Default: {ServiceApplication.DefaultUrls}" };
        var command = new Command(name, description) { urls };
        command.SetAction((parsed, cancellation) => RunAsync(roles, parsed.GetValue(CommandLine.Home), parsed.GetValue(urls), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Roles roles, string? home, string? urls, CancellationToken cancellation)
    {
        await using var installation = roles == Roles.All
            ? await Installation.HoldAsync(ServiceApplication.Builder().Configuration, home, Console.WriteLine, cancellation)
            : Installation.WithoutDatabase(home);
        var builder = ServiceApplication.Builder(installation.Settings);
        if (urls is not null) builder.Configuration["Query:Urls"] = urls;
        await using var app = await ServiceApplication.BuildAsync(builder, roles, cancellation);
        await app.RunAsync(cancellation);
        return 0;
    }
}
