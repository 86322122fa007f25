using ThanoSql.Indexer.Backups;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Query;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql backup FILE</c> and <c>thanosql restore FILE</c>, of an installation with an embedded PostgreSQL.</summary>
internal static class BackupCommand
{
    private static readonly Argument<string> FilePath = new("file") { Description = "The archive: tar, gzip and a checksum, mode 0600." };

    public static Command Create()
    {
        var overwrite = new Option<bool>("--overwrite") { Description = "Takes the place of a file of that name, once the backup is whole." };
        const string description =
            "Copies database, tokens, models and pipelines of this home folder into one file, while it works; not the pictures of the store.";
        var command = new Command("backup", description) { FilePath, overwrite };
        command.SetAction((parsed, cancellationToken) =>
            BackupAsync(Home(parsed), Path.GetFullPath(parsed.GetValue(FilePath)!), parsed.GetValue(overwrite), cancellationToken));
        return command;
    }

    public static Command CreateRestore()
    {
        var overwrite = new Option<bool>("--overwrite") { Description = "Moves an installation that is there aside." };
        var command = new Command("restore", "Brings a backup back into this home folder, once its checksum is right.") { FilePath, overwrite };
        command.SetAction((parsed, cancellationToken) =>
            RestoreAsync(Home(parsed), Path.GetFullPath(parsed.GetValue(FilePath)!), parsed.GetValue(overwrite), cancellationToken));
        return command;
    }

    private static string Home(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(CommandLine.Home) ?? HomeFolder.Default);

    private static async Task<int> BackupAsync(string home, string path, bool overwrite, CancellationToken cancellationToken)
    {
        RefuseOwnServer();
        if (!Directory.Exists(HomePart.Data.In(home)))
            throw new StartException($"There is no installation in {home}. Say where it is with --home.");
        await using var installation = await Installation.VisitAsync(ServiceApplication.Builder().Configuration, home, cancellationToken);
        var configuration = ServiceApplication.Builder(installation.Settings).Configuration;
        var manifest = new Manifest
        {
            Format = Manifest.CurrentFormat,
            Release = Product.Version,
            MadeAt = TimeProvider.System.GetUtcNow(),
            Home = home,
            PostgreSql = Binaries.Version,
            Migrations = await MigrationsAsync(configuration["Database:ConnectionString"]!, cancellationToken),
            Bytes = 0,
        };
        var pipelines = Path.GetFullPath(configuration["Indexing:Pipelines"]!);
        var isOwn = pipelines == Path.Combine(AppContext.BaseDirectory, "pipelines");
        var backup = new Backup(home, Path.GetFullPath(configuration["Models:Folder"]!), isOwn ? null : pipelines);
        var bytes = await WithProgressAsync(step => backup.WriteAsync(path, overwrite, manifest, step, cancellationToken));
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{path}: {bytes / 1e6:F1} MB, without the store. It holds secrets.");
        return 0;
    }

    private static async Task<int> RestoreAsync(string home, string path, bool overwrite, CancellationToken cancellationToken)
    {
        RefuseOwnServer();
        var restored = await WithProgressAsync(
            step => Restore.RunAsync(path, home, overwrite, step, TimeProvider.System.GetUtcNow(), cancellationToken));
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{home} is as it was on {restored.Manifest.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC (release {restored.Manifest.Release}).");
        foreach (var aside in restored.MovedAside)
            AnsiConsole.MarkupLineInterpolated($"Moved aside: {aside}");
        if (restored.HasPipelines)
            AnsiConsole.MarkupLineInterpolated($"Pipelines: {HomePart.Pipelines.In(home)}. Set Indexing__Pipelines to it if the old files are lost.");
        var models = ServiceApplication.Builder(Installation.WithoutDatabase(home).Settings).Configuration["Models:Folder"]!;
        if (Path.GetFullPath(models) != HomePart.Models.In(home))
            AnsiConsole.MarkupLineInterpolated($"Models: {HomePart.Models.In(home)}. Move them to Models:Folder, {models}, or set Models__Folder.");
        AnsiConsole.MarkupLineInterpolated($"Next: thanosql up --home {home}");
        Console.WriteLine("Its sweep finds what was stored, replaced and deleted since: the store must be there, with its file .thanosql-store.");
        Console.WriteLine("Tokens that were revoked since are in force again: thanosql token list, thanosql token revoke NAME.");
        return 0;
    }

    private static void RefuseOwnServer()
    {
        if (Installation.HasDatabase(ServiceApplication.Builder().Configuration))
        {
            throw new StartException(
                "Database:ConnectionString names a PostgreSQL of your own. Back it up and restore it with its own programs: "
                + "docs/operations.md, \"Backup and restore\", has the steps.");
        }
    }

    private static async Task<IReadOnlyList<int>> MigrationsAsync(string address, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(address) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return await Migrator.RanAsync(connection, cancellationToken);
    }

    private static Task<T> WithProgressAsync<T>(Func<Step, Task<T>> action) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn())
        .StartAsync(progress => action((name, bytes) => new Bar(progress.AddTask(name, maxValue: bytes))));

    private sealed class Bar(ProgressTask task) : IProgress<long>
    {
        public void Report(long value) => task.Increment(value);
    }
}
