using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Labels;
using ThanoSql.Indexer.Demo;
using ThanoSql.Query.Labels;
using ThanoSql.Storage;
using ThanoSql.Trainer.Renaming;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql labels import | export | rename</c></summary>
internal static class LabelsCommand
{
    private const string Pipe = "-";
    private const int Shown = 20;

    public static Command Create() =>
        new("labels", "Labels: what people say of pictures, as CSV (UTF-8, RFC 4180), and other names.") { Import(), Export(), Rename() };

    private static Command Import()
    {
        var file = new Argument<string>("file") { Description = "With the columns path and label; others are passed over. '-': standard input." };
        var command = new Command("import", "Sets the labels of a file; they settle what people disagree about.") { file };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var labels = LabelCsv.Read(await ReadAsync(parsed.GetValue(file)!, cancellationToken));
            var refused = await StageProgress.RunAsync(
                AnsiConsole.Console, report => ImportAsync(labels, services, report, cancellationToken));
            AnsiConsole.MarkupLineInterpolated($"{labels.Count - refused.Count} label(s) set.");
            foreach (var (line, why) in refused.OrderBy(r => r.Line).Take(Shown))
                Terminal.Complain($"line {line}: {why}");
            if (refused.Count > Shown)
                Terminal.Complain($"… and {refused.Count - Shown} more.");
            if (refused.Count > 0)
                throw new StartException($"{refused.Count} of {labels.Count} line(s) were refused. Correct them and import the file again.");
        });
        return command;
    }

    private static Command Export()
    {
        var file = new Argument<string>("file") { Description = "To be written; default: the standard output.", DefaultValueFactory = _ => Pipe };
        var command = new Command(
            "export", "Writes all labels with what it takes to train elsewhere: path, label, who, when, split, state, pipeline, model, sha256.")
        {
            file,
        };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var name = parsed.GetValue(file)!;
            await using var into = name == Pipe ? Console.OpenStandardOutput() : File.Create(name);
            await LabelCsv.WriteAsync(
                into, services.GetRequiredService<LabelLedger>().ExportAsync(cancellationToken), Workspace(services), cancellationToken);
        });
        return command;
    }

    private static Command Rename()
    {
        var from = new Argument<string>("from") { Description = "The label, as it is spelled." };
        var to = new Argument<string>("to") { Description = "Its new name." };
        var model = new Option<string?>("--model") { Description = "The model; not needed where only one has the label." };
        var command = new Command(
            "rename", "Gives a label another name everywhere, without training. A running trainer does the work.") { from, to, model };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var run = await services.GetRequiredService<LabelRenameRequests>().RenameAsync(
                parsed.GetValue(model), parsed.GetValue(from)!, parsed.GetValue(to)!, Actor.CommandLine, cancellationToken);
            AnsiConsole.MarkupLineInterpolated($"Run {run} is queued: SELECT * FROM thanosql.training_runs WHERE run_id = {run}");
        });
        return command;
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (file != Pipe)
            return await File.ReadAllBytesAsync(file, cancellationToken);
        using var read = new MemoryStream();
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(read, cancellationToken);
        return read.ToArray();
    }

    /// <returns>The lines that were refused, each with its reason.</returns>
    private static async Task<List<(long Line, string Why)>> ImportAsync(
        IReadOnlyList<CsvLabel> labels, IServiceProvider services, Action<string> report, CancellationToken cancellationToken)
    {
        const int step = 10 * LabelLedger.PerTransaction;
        var ledger = services.GetRequiredService<LabelLedger>();
        var refused = new List<(long Line, string Why)>();
        for (var done = 0; done < labels.Count; done += step)
        {
            report(string.Create(CultureInfo.InvariantCulture, $"{done} of {labels.Count} labels"));
            var said = new List<(CsvLabel Record, SaidLabel Label)>();
            foreach (var record in labels.Skip(done).Take(step))
            {
                if (record.Label is null or "")
                    refused.Add((record.Line, "the label is empty"));
                else if (StorePath.TryParse(record.Path, Workspace(services), out var image))
                    said.Add((record, new SaidLabel(image.Bucket, image.Key, record.Label)));
                else
                    refused.Add((record.Line, $"'{record.Path}' is no path of a picture"));
            }
            var outcomes = await ledger.SetAsync([.. said.Select(s => s.Label)], Speaker.CommandLine, cancellationToken);
            foreach (var ((record, _), outcome) in said.Zip(outcomes))
            {
                if (outcome.Failure(record.Path!) is { } failure)
                    refused.Add((record.Line, failure.Message));
            }
        }
        return refused;
    }

    private static string Workspace(IServiceProvider services) => services.GetRequiredService<Workspace>().Bucket;
}
