using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>Photographs → features of length 1, decoded as the product decodes them.</summary>
internal sealed class FeatureSource : IDisposable
{
    private static readonly VisionOptions Options = new() { Provider = VisionProvider.Cpu };
    private static readonly InferenceSessionFactory Sessions = new(Options);

    private readonly Preprocessing _preprocessing;
    private readonly IDisposable _session;
    private readonly Func<float[], Half[]> _run;

    private FeatureSource(string name, int size, Preprocessing preprocessing, IDisposable session, Func<float[], Half[]> run) =>
        (Name, Size, _preprocessing, _session, _run) = (name, size, preprocessing, session, run);

    public string Name { get; }

    /// <summary>Values of one photograph.</summary>
    public int Size { get; }

    /// <summary>The bundled trunk, with the input that its model card recommends, or another.</summary>
    public static FeatureSource Bundled(string algorithm, int? side = null)
    {
        var preprocessing = side is { } given ? new Preprocessing(given) : BundledTrunks.Preprocessing[algorithm];
        return Trunk(
            $"{algorithm}, {preprocessing.InputSize} px",
            SafeTensors.Open(Path.Combine(AppContext.BaseDirectory, "models", "base", algorithm + ".safetensors")), preprocessing);
    }

    public static FeatureSource Trunk(string name, SafeTensors weights, Preprocessing preprocessing)
    {
        var embedder = new Embedder(new ConvNeXtTrunk(weights), preprocessing, Sessions, Options);
        return new(name, embedder.Size, preprocessing, embedder, embedder.Embed);
    }

    /// <summary>Any ONNX model of one picture [1, 3, 224, 224] to one row of features.</summary>
    public static FeatureSource Model(string name, string file)
    {
        var preprocessing = new Preprocessing();
        var side = preprocessing.InputSize;
        var model = Sessions.CreateOnCpu(File.ReadAllBytes(file));
        var (input, output) = (model.InputNames[0], model.OutputNames[0]);
        var size = model.OutputMetadata[output].Dimensions[^1];
        var session = new SharedSession(model);
        return new($"{name}, {side} px", size, preprocessing, session, pixels =>
        {
            var values = new float[size];
            session.Run(input, pixels, [1, 3, side, side], output, values, [1, size]);
            var length = MathF.Sqrt(values.Sum(v => v * v));
            return Array.ConvertAll(values, v => (Half)(v / length));
        });
    }

    /// <summary>[files, <see cref="Size"/>].</summary>
    public Half[] Read(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var features = new Half[files.Count * Size];
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, files.Count, options, i =>
            _run(ImageDecoder.Decode(File.ReadAllBytes(files[i]), _preprocessing)).CopyTo(features, i * Size));
        return features;
    }

    public void Dispose() => _session.Dispose();
}
