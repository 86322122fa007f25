using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql sweep | forget | failures list, retry, dismiss</c></summary>
internal static class ImageCommand
{
    private static readonly Option<string?> Path = new("--path") { Description = "Only this image." };
    private static readonly Option<FailureKind?> Kind =
        new("--kind") { Description = "Only failures of this kind: transient, poison, table or event." };

    public static Command CreateSweep()
    {
        var accept = new Option<bool>("--accept-loss")
        {
            Description = "Takes objects for deleted on purpose even if they are more than Indexing:Sweep:MaxGonePercent.",
        };
        var command = new Command(
            "sweep", "Compares the pipelines' buckets with the index and makes every difference due; a running worker does the rest.")
        {
            accept,
        };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var held = false;
            foreach (var bucket in await services.GetRequiredService<Sweeper>().SweepAsync(parsed.GetValue(accept), cancellationToken))
            {
                held |= bucket.IsHeldBack;
                var missing = bucket.IsHeldBack ? $"{bucket.Gone} of {bucket.Known} missing, left alone" : $"{bucket.Gone} gone";
                AnsiConsole.MarkupLineInterpolated($"{bucket.Bucket}: {bucket.Listed} listed, {bucket.Changed} changed, {missing}");
            }
            if (held)
                throw new StartException("So many missing objects look like a damaged store. If they were deleted on purpose: --accept-loss");
        });
        return command;
    }

    public static Command CreateForget()
    {
        var path = new Argument<string>("path") { Description = "Of an image that was deleted from the store." };
        const string description =
            "Removes at once what is known of a deleted image: its rows as on_delete says, its labels, and its embedding and keywords unless another "
            + "image has the same content.";
        var command = new Command("forget", description) { path };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var image = Parse(services, parsed.GetValue(path)!);
            if (await services.GetRequiredService<IObjectStore>().StatAsync(image, cancellationToken) is not null)
                throw new StartException($"{image} is still in the store: delete it there first.");
            var removal = services.GetRequiredService<ImageRemoval>();
            if (!await removal.RemoveAsync(image.Bucket, image.Key, Actor.CommandLine, wasStored: false, cancellationToken))
                throw new StartException($"Nothing is known of {image}.");
            AnsiConsole.MarkupLineInterpolated($"{image} is forgotten.");
        });
        return command;
    }

    public static Command CreateFailures() => new("failures", "Images that could not be indexed, and events that could not be read.")
    {
        List(),
        Change("retry", "Tries failed images again.", (ledger, which, cancellationToken) => ledger.RetryAsync(which, cancellationToken)),
        Change("dismiss", "Takes failures off the list.", (ledger, which, cancellationToken) => ledger.DismissAsync(which, cancellationToken)),
    };

    private static Command List()
    {
        var command = new Command("list", "Shows them, the latest first.");
        command.SetCatalogAction(async (_, services, cancellationToken) =>
        {
            var table = new Table().AddColumns("path", "kind", "reason", "attempts", "last time (UTC)");
            await using var failures = services.GetRequiredService<NpgsqlDataSource>().CreateCommand("""
                SELECT coalesce('s3://' || bucket || '/' || path, ''), kind, reason, attempts::text,
                       to_char(last_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
                FROM thanosql.failures ORDER BY last_time DESC
                """);
            await using var reader = await failures.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                table.AddRow([.. Enumerable.Range(0, 5).Select(i => Markup.Escape(reader.IsDBNull(i) ? "" : reader.GetString(i)))]);
            AnsiConsole.Write(table);
        });
        return command;
    }

    private static Command Change(string name, string description, Func<FailureLedger, FailureSelection, CancellationToken, Task<int>> change)
    {
        var all = new Option<bool>("--all") { Description = "Every failure." };
        var command = new Command(name, description) { Path, Kind, all };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var path = parsed.GetValue(Path);
            var kind = parsed.GetValue(Kind);
            if (path is null && kind is null && !parsed.GetValue(all))
                throw new StartException("Say which: --path, --kind or --all.");
            var image = path is null ? null : Parse(services, path);
            var count = await change(
                services.GetRequiredService<FailureLedger>(), new FailureSelection(image?.Bucket, image?.Key, kind), cancellationToken);
            AnsiConsole.MarkupLineInterpolated($"{count} failure(s).");
        });
        return command;
    }

    private static ObjectPath Parse(IServiceProvider services, string path) =>
        StorePath.Parse(path, services.GetRequiredService<IOptions<SqlOptions>>().Value.Workspace);
}
