using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Webhooks;
using ThanoSql.Query.Webhooks;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql webhook add | list | remove | test | dead | replay</c></summary>
internal static class WebhookCommand
{
    private const int MostDead = 1000;

    public static Command Create() => new("webhook", "Receivers that are told what happens.") { Add(), List(), Remove(), Test(), Dead(), Replay() };

    private static Command Add()
    {
        var url = new Argument<string>("url") { Description = "An https address on the public internet; see Webhooks:AllowHttp, AllowPrivate." };
        var events = new Option<string>("--events")
        {
            Description = $"What to tell of, with commas between: {string.Join(", ", WebhookEvents.All)}.",
            Required = true,
        };
        var table = new Option<string?>("--table") { Description = "Only what concerns this table. Default: everything." };
        var command = new Command("add", "Adds a receiver and prints the secret that signs its calls, once.") { url, events, table };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var address = WebhookAddress.Parse(parsed.GetValue(url), services.GetRequiredService<IOptions<WebhookOptions>>().Value);
            var (id, secret) = await services.GetRequiredService<WebhookCatalog>().AddAsync(
                address.AbsoluteUri, parsed.GetValue(events)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                parsed.GetValue(table), Actor.CommandLine, cancellationToken);
            AnsiConsole.MarkupLineInterpolated($"Webhook {id}. Its secret:");
            Console.WriteLine(secret);
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Shows them, and how it goes (UTC); never secrets.");
        command.SetCatalogAction(async (_, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("id", "url", "events", "table", "waiting", "dead", "told", "last told", "failing since", "last error");
            foreach (var webhook in await services.GetRequiredService<WebhookCatalog>().ListAsync(cancellationToken))
            {
                string[] row =
                [
                    $"{webhook.Id}", webhook.Url, string.Join(", ", webhook.Events), webhook.Table ?? "", $"{webhook.Waiting}", $"{webhook.Dead}",
                    $"{webhook.Delivered}", Text(webhook.DeliveredAt), Text(webhook.FailingSince), webhook.LastError ?? "",
                ];
                table.AddRow([.. row.Select(Markup.Escape)]);
            }
            AnsiConsole.Write(table);
        });
        return command;
    }

    private static Command Remove()
    {
        var id = Number();
        var command = new Command("remove", "Removes a receiver, and what it was still to be told.") { id };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            if (!await services.GetRequiredService<WebhookCatalog>().RemoveAsync(parsed.GetValue(id), Actor.CommandLine, cancellationToken))
                throw new StartException($"There is no webhook {parsed.GetValue(id)}: 'thanosql webhook list' shows them.");
        });
        return command;
    }

    private static Command Test()
    {
        var id = Number();
        var command = new Command("test", "Calls a receiver now, with one event 'webhook.test', and shows what it answers.") { id };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var answer = await services.GetRequiredService<WebhookTester>().CallAsync(parsed.GetValue(id), cancellationToken);
            if (answer.Error is { } error)
                throw new StartException(error);
            AnsiConsole.MarkupLineInterpolated($"The receiver answered {answer.Status}.");
        });
        return command;
    }

    private static Command Dead()
    {
        var id = Chosen();
        var command = new Command("dead", "Shows events that were given up after a day (Webhooks:TryFor), the latest first.") { id };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("event", "webhook", "type", "of", "happened", "attempts", "given up", "last error");
            foreach (var dead in await services.GetRequiredService<WebhookLedger>().DeadAsync(parsed.GetValue(id), MostDead, cancellationToken))
            {
                string[] row =
                [
                    $"{dead.EventId}", $"{dead.WebhookId}", dead.Type, dead.Subject, Text(dead.At), $"{dead.Attempts}", Text(dead.DeadAt),
                    dead.LastError ?? "",
                ];
                table.AddRow([.. row.Select(Markup.Escape)]);
            }
            AnsiConsole.Write(table);
        });
        return command;
    }

    private static Command Replay()
    {
        var id = Chosen();
        var one = new Option<long?>("--event") { Description = "Only this event. Default: all dead ones." };
        var command = new Command("replay", "Tries dead events again; a running query service does the rest.") { id, one };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var count = await services.GetRequiredService<WebhookLedger>().ReplayAsync(
                parsed.GetValue(id), parsed.GetValue(one), services.GetRequiredService<IOptions<WebhookOptions>>().Value.TryFor, cancellationToken);
            AnsiConsole.MarkupLineInterpolated($"{count} event(s).");
        });
        return command;
    }

    private static Argument<int> Number() => new("id") { Description = "Its number, as 'list' shows it." };

    private static Argument<int?> Chosen() => new("id") { Description = "Only of this webhook. Default: of all.", DefaultValueFactory = _ => null };

    private static string Text(DateTime? time) => time?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";
}
