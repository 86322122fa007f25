using ThanoSql.Catalog.Audits;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql audit</c></summary>
internal static class AuditCommand
{
    private const int MostDays = 36_500;
    private const int MostEntries = 100_000;

    public static Command Create()
    {
        var days = new Option<int>("--days") { Description = "Of how many days; default: 30.", DefaultValueFactory = _ => 30 };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostDays)
                result.AddError($"--days is a number from 1 to {MostDays}.");
        });
        var command = new Command("audit", "Shows who changed models, tokens and labels, when and how (UTC), the latest first.") { days };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("when", "who", "what", "which", "did", "change");
            foreach (var entry in await services.GetRequiredService<AuditLedger>().ListAsync(parsed.GetValue(days), MostEntries, cancellationToken))
            {
                string[] row =
                    [entry.At.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), entry.Who, entry.Kind, entry.Subject, entry.Action,
                        entry.Change];
                table.AddRow([.. row.Select(Markup.Escape)]);
            }
            AnsiConsole.Write(table);
        });
        return command;
    }
}
