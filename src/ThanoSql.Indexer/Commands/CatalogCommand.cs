namespace ThanoSql.Indexer.Commands;

/// <summary>Commands that work on the catalog directly, whether a service runs or not.</summary>
internal static class CatalogCommand
{
    /// <summary>Runs an action with the services of an installation, without starting any role.</summary>
    public static void SetCatalogAction(this Command command, Func<ParseResult, IServiceProvider, CancellationToken, Task> action) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var installation = await Installation.VisitAsync(
                ServiceApplication.Builder().Configuration, parsed.GetValue(CommandLine.Home), cancellationToken);
            var builder = ServiceApplication.Builder(installation.Settings);
            builder.Logging.OnlyWarnings();
            builder.Services.AddRoles(builder.Configuration, Roles.All);
            await using var services = builder.Services.BuildServiceProvider();
            await services.PrepareDatabaseAsync(cancellationToken);
            await using var scope = services.CreateAsyncScope();
            await action(parsed, scope.ServiceProvider, cancellationToken);
            return 0;
        });
}
