using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Embedding;
using ThanoSql.Vision.Trunks.Hub;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql trunk pull</c></summary>
internal static class TrunkCommand
{
    public static Command Create() => new("trunk", "ConvNeXt weights.") { Pull() };

    private static Command Pull()
    {
        var name = new Argument<string>("name") { Description = "ConvNeXt_Tiny, ConvNeXt_Base, or a name of Models:Sources." };
        var from = new Option<string?>("--from")
        {
            Description = "Install this safetensors file instead of downloading one: for machines without internet.",
        };
        const string description = "Fetches published weights into the model folder: resumed where it was cut, checked, all or nothing.";
        var command = new Command("pull", description) { name, from };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var configuration = ServiceApplication.Builder(Installation.WithoutDatabase(parsed.GetValue(CommandLine.Home)).Settings).Configuration;
            var models = configuration.GetSection(ModelOptions.Section);
            var folder = models["Folder"]!;
            using var hub = new HubClient(models.Get<HubOptions>() ?? new HubOptions(), NullLogger<HubClient>.Instance);
            var pulled = parsed.GetValue(from) is { } file
                ? await hub.InstallAsync(parsed.GetValue(name)!, file, folder, cancellationToken)
                : await PullAsync(hub, parsed.GetValue(name)!, folder, cancellationToken);
            AnsiConsole.MarkupLineInterpolated($"{pulled.Name}: {pulled.Path} ({pulled.Bytes / 1e6:F1} MB, SHA-256 {pulled.Sha256})");
            AnsiConsole.MarkupLineInterpolated($"[grey]{pulled.ChecksumNote}[/]");
            return 0;
        });
        return command;
    }

    private static Task<PulledTrunk> PullAsync(HubClient hub, string name, string folder, CancellationToken cancellationToken) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .StartAsync(progress => hub.PullAsync(name, folder, new Bar(progress.AddTask(name)), cancellationToken));

    private sealed class Bar(ProgressTask task) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            task.IsIndeterminate = value.Total is null;
            task.MaxValue = value.Total ?? value.Bytes;
            task.Value = value.Bytes;
        }
    }
}
