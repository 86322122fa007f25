using ThanoSql.Benchmarks.Accuracy;
using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Training;

/// <summary>
/// What BUILD MODEL does with and without <c>fine_tune=True</c>, and what it would choose, judged on photographs that neither saw.
/// </summary>
/// <param name="training">Photographs to learn from.</param>
/// <param name="heldOut">Photographs to choose by.</param>
/// <param name="test">Photographs to judge by.</param>
internal sealed class TuningTest(LabelledPhotographs training, LabelledPhotographs heldOut, LabelledPhotographs test)
{
    private const string Algorithm = "ConvNeXt_Atto";

    private static readonly InferenceSessionFactory Sessions = new(new VisionOptions { Provider = VisionProvider.Cpu });
    private static readonly Preprocessing Used = BundledTrunks.Preprocessing[Algorithm];
    private static readonly SafeTensors Trunk =
        SafeTensors.Open(Path.Combine(AppContext.BaseDirectory, "models", "base", Algorithm + ".safetensors"));

    public int Judged => test.Files.Count;

    /// <summary>A head on the trunk as it is.</summary>
    public TuningFigures Head(CancellationToken cancellationToken) => Figures(Trunk, TimeSpan.Zero, cancellationToken);

    /// <summary>The trunk trained on, and a head fitted anew to it.</summary>
    public async Task<TuningFigures> TuneAsync(FineTuneOptions options, Head start, CancellationToken cancellationToken)
    {
        var before = Environment.CpuUsage.TotalTime;
        var input = new FineTuneInput(Trunk, Crops(training, cancellationToken), Crops(heldOut, cancellationToken)) { Start = start };
        var result = await FineTuner.RunAsync(options with { InputSize = Used.InputSize }, input, Sessions, null, cancellationToken);
        var spent = Environment.CpuUsage.TotalTime - before;
        return Figures(SafeTensors.Parse(result.Trunk, "tuned"), spent, cancellationToken);
    }

    private TuningFigures Figures(SafeTensors trunk, TimeSpan spent, CancellationToken cancellationToken)
    {
        var before = Environment.CpuUsage.TotalTime;
        using var source = FeatureSource.Trunk("trunk", trunk, Used);
        var features = source.Read(training.Files, cancellationToken);
        var head = HeadTrainer.Train(new TrainingSet(features, source.Size, training.Labels), cancellationToken: cancellationToken).Head;
        var chosenBy = Accuracy(head, source.Read(heldOut.Files, cancellationToken), heldOut, cancellationToken);
        spent += Environment.CpuUsage.TotalTime - before;
        return new(head, chosenBy, Accuracy(head, source.Read(test.Files, cancellationToken), test, cancellationToken), spent);
    }

    private static LabelledCrops Crops(LabelledPhotographs photographs, CancellationToken cancellationToken)
    {
        var side = Used.ResizeSide;
        var crops = new byte[photographs.Files.Count][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        Parallel.For(0, crops.Length, options, i =>
            crops[i] = LabelledCrops.FromTensor(ImageDecoder.Decode(File.ReadAllBytes(photographs.Files[i]), new Preprocessing(side, 1))));
        return new(photographs.Labels, side, i => crops[i]);
    }

    private static double Accuracy(Head head, Half[] features, LabelledPhotographs truth, CancellationToken cancellationToken) =>
        head.TopKBatch(features, 1, cancellationToken: cancellationToken)
            .Zip(truth.Labels).Count(pair => pair.First[0].Label == pair.Second) / (double)truth.Labels.Count;
}

/// <param name="Head">On the trunk's embeddings.</param>
/// <param name="HeldOut">Its accuracy on the part that chooses.</param>
/// <param name="Test">And on photographs that nothing saw.</param>
/// <param name="Spent">CPU time of everything but the judging of those.</param>
internal sealed record TuningFigures(Head Head, double HeldOut, double Test, TimeSpan Spent);
