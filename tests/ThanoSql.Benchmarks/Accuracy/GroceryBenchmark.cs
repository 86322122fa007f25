using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>
/// What a head on the bundled trunk knows of shop photographs: the head of BUILD MODEL, trained on the official train split of the Grocery Store dataset
/// (Klasson et al., WACV 2019), judged on its test split. <c>--data DIR</c> holds <c>grocery/{train,test}/class/*.jpg</c> and <c>grocery/classes.csv</c>.
/// </summary>
internal static class GroceryBenchmark
{
    public const string Description = "Accuracy of a head on the bundled trunk, grocery photographs: train → test (--data DIR)";

    public static Task RunAsync(string data, CancellationToken cancellation)
    {
        var folder = Path.Combine(data, "grocery");
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder} is not there: --data names the folder that holds grocery/.");
        using var embedder = Open();
        var clock = Stopwatch.StartNew();
        var (train, fine) = Embed(embedder, Path.Combine(folder, "train"), cancellation);
        var (test, truth) = Embed(embedder, Path.Combine(folder, "test"), cancellation);
        AnsiConsole.MarkupLineInterpolated($"{fine.Length + truth.Length} photographs embedded in {clock.Elapsed.TotalSeconds:F1} s");

        var coarse = File.ReadLines(Path.Combine(folder, "classes.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(f => f[0], f => f[2]);
        var table = new Table().AddColumns("labels", "accuracy", "macro F1", "L2", "seconds to train");
        foreach (var (name, label) in new (string, Func<string, string>)[] { ("coarse", c => coarse[c]), ("fine", c => c) })
        {
            clock.Restart();
            var trained = HeadTrainer.Train(new TrainingSet(train, embedder.Size, [.. fine.Select(label)]), cancellationToken: cancellation);
            var seconds = clock.Elapsed.TotalSeconds;
            var answers = trained.Head.TopKBatch(test, 1, cancellationToken: cancellation).Select(best => best[0].Label);
            var evaluation = Evaluation.Of(trained.Head.Labels, [.. truth.Select(label)], [.. answers]);
            table.AddRow($"{trained.Head.Labels.Count} {name}", $"{evaluation.Accuracy:F3}", $"{evaluation.MacroF1:F3}", $"{trained.L2:G2}", $"{seconds:F1}");
        }
        AnsiConsole.Write(table);
        return Task.CompletedTask;
    }

    private static Embedder Open()
    {
        var options = new VisionOptions();
        var weights = SafeTensors.Open(Path.Combine(AppContext.BaseDirectory, "models", "base", "ConvNeXt_Atto.safetensors"));
        return new Embedder(weights, BundledTrunks.Preprocessing["ConvNeXt_Atto"], new InferenceSessionFactory(options, NullLogger<InferenceSessionFactory>.Instance), options);
    }

    private static (Half[] Embeddings, string[] Labels) Embed(Embedder embedder, string folder, CancellationToken cancellation)
    {
        var files = Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        var embeddings = new Half[files.Length * embedder.Size];
        Parallel.For(0, files.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            embedder.Embed(File.ReadAllBytes(files[i])).CopyTo(embeddings, i * embedder.Size));
        return (embeddings, [.. files.Select(file => Path.GetFileName(Path.GetDirectoryName(file)!))]);
    }
}
