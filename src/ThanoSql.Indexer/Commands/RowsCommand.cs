using ThanoSql.Catalog.Tables;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql rows list | restore</c></summary>
internal static class RowsCommand
{
    public static Command Create() => new("rows", "Rows that pipelines deleted with their pictures, kept for Indexing:DeletedRows:Days.")
    {
        List(),
        Restore(),
    };

    private static Command List()
    {
        var command = new Command("list", "Shows how many are kept of each table.");
        command.SetCatalogAction(async (_, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("table", "rows", "first deleted (UTC)", "last deleted (UTC)");
            foreach (var kept in await services.GetRequiredService<DeletedRows>().ListAsync(cancellationToken))
                table.AddRow(Markup.Escape(kept.Table), $"{kept.Rows}", Text(kept.First), Text(kept.Last));
            AnsiConsole.Write(table);
        });
        return command;

        static string Text(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    private static Command Restore()
    {
        var table = new Argument<string>("table") { Description = "Whose rows." };
        var since = new Option<DateTime?>("--since")
        {
            Description = "Only those deleted then or later (UTC), for example 2026-11-29T10:00. Default: all.",
        };
        var command = new Command("restore", "Brings a table's rows back, all of them or none; paths that the table names again are passed over.")
        {
            table,
            since,
        };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var (restored, passedOver) = await services.GetRequiredService<DeletedRows>().RestoreAsync(
                parsed.GetValue(table)!, DateTime.SpecifyKind(parsed.GetValue(since) ?? DateTime.UnixEpoch, DateTimeKind.Utc), cancellationToken);
            AnsiConsole.MarkupLineInterpolated($"{restored} row(s) are back, {passedOver} passed over.");
        });
        return command;
    }
}
