using ThanoSql.Vision.Classifiers.Shapes;
using ModelMetadata = ThanoSql.Vision.Models.ModelMetadata;

namespace ThanoSql.Vision.Classifiers;

/// <summary>An ONNX classifier of pictures from elsewhere → a trunk and labels.</summary>
public sealed class ClassifierImport
{
    /// <summary>What to do with a model of PyTorch.</summary>
    public const string HowToExport = "Export it to ONNX in Python: torch.onnx.export(model.eval(), torch.zeros(1, 3, 224, 224), 'model.onnx').";

    /// <summary>What to do with a model that says too little before it runs, or asks for too much.</summary>
    public const string HowToSimplify =
        "Export it with a fixed size, constants folded and functions inlined, for example in Python: "
        + "m = onnx.inliner.inline_local_functions(onnx.load('model.onnx')); onnx.save(onnxsim.simplify(m)[0], 'simple.onnx').";

    private readonly ModelProto _model;
    private readonly string _source;

    private ClassifierImport(ModelProto model, string source)
    {
        (_model, _source) = (model, source);
        Metadata = model.MetadataProps.GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value);
    }

    /// <summary>The file's <c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads a file without running any of it.</summary>
    /// <param name="file">Whole.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="ModelFileException">It is no ONNX model that stands for itself; the message says what to do.</exception>
    public static ClassifierImport Read(byte[] file, string source) => new(ImportedFile.Parse(file, source), source);

    /// <summary>What a file of this product says of itself and the head in it, read and never run; null for a file of others.</summary>
    /// <exception cref="ModelFileException">It says that it is ours, and does not hold what ours hold.</exception>
    public PublishedModel? Published() =>
        Metadata.ContainsKey(ModelMetadata.TrunkKey) ? new PublishedModel(ModelMetadata.FromProperties(Metadata, _source), _model, _source) : null;

    /// <summary>Checks input, outputs and labels, tries a few pictures, and fits the network into this product. Call it once.</summary>
    /// <param name="options">What the file does not say.</param>
    /// <param name="sessions">Tries it, in a process of its own.</param>
    /// <param name="cancellationToken">Ends that process.</param>
    /// <exception cref="ModelFileException">It is no classifier of pictures that answers; the message says what to do.</exception>
    /// <exception cref="TrunkException">There is no process for it here.</exception>
    public ImportedClassifier Convert(ImportOptions options, InferenceSessionFactory sessions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sessions);
        var (input, pixels, preprocessing, graph, isSigmoid) = Fit(options);
        var scores = ImportedScores.Try(
            graph.WithScores().ToByteArray(), input.Side, isSigmoid, options, new ImportTrial(sessions, _source, cancellationToken));
        var labels = ImportedLabels.Of(options.Labels, Metadata, scores.Labels, _source);
        var trunk = graph.WithEmbedding(input.Batch, scores).ToByteArray();
        return new ImportedClassifier(
            trunk, preprocessing, labels,
            $"{scores.Labels} labels; pictures of {input.Side} x {input.Side} pixels cut from {preprocessing.ResizeSide}, {pixels.Description}; "
            + $"its scores are {(scores.Probabilities ? "probabilities" : "logits")}.");
    }

    /// <summary>All of <see cref="Convert"/> that comes before the network is run.</summary>
    internal FittedNetwork Fit(ImportOptions options)
    {
        var input = ImportedInput.Of(_model.Graph, options.InputSize, _source);
        ImportedShapes.Check(_model.Graph, input, _source);
        var pixels = ImportedPixels.Of(input, options);
        var preprocessing = PreprocessingOf(input, options);
        var output = Output(options.Output);
        var isSigmoid = _model.Graph.Node.Any(n => n.OpType == "Sigmoid" && n.Output.Contains(output));
        return new FittedNetwork(input, pixels, preprocessing, new ImportedGraph(_model, input, pixels, output), isSigmoid);
    }

    private string Output(string? asked)
    {
        var names = _model.Graph.Output.Select(o => o.Name).ToList();
        var all = string.Join(", ", names.Select(n => $"'{n}'"));
        if (asked is null)
        {
            return names.Count == 1
                ? names[0]
                : throw new ModelFileException(
                    $"{_source} has {names.Count} outputs: {all}. Say which holds the scores of its labels: OPTIONS (output='…').");
        }

        return names.Contains(asked) ? asked : throw new ModelFileException($"{_source} has no output '{asked}'; it has {all}.");
    }

    private Preprocessing PreprocessingOf(ImportedInput input, ImportOptions options)
    {
        var resize = options.ResizeSize ?? new Preprocessing(input.Side).ResizeSide;
        if (resize < input.Side || resize > 2 * input.Side)
        {
            throw new ModelFileException(
                $"{_source} takes pictures of {input.Side} x {input.Side} pixels: "
                + $"resize_size must be from {input.Side} to {2 * input.Side}, not {resize}.");
        }
        var gray = input.Channels == 1 || options.Color == ChannelOrder.Gray;
        return new Preprocessing(input.Side, (double)resize / input.Side, gray ? ColorMode.Gray : ColorMode.Rgb);
    }
}

/// <summary>A classifier that was brought from elsewhere, in the form that this product works with.</summary>
/// <param name="Trunk">A file for <see cref="Trunks.ClassifierTrunk"/>.</param>
/// <param name="Preprocessing">How pictures become the trunk's input.</param>
/// <param name="Labels">One for each output, in order.</param>
/// <param name="Description">For people: how pictures are prepared, and how its scores were understood.</param>
public sealed record ImportedClassifier(byte[] Trunk, Preprocessing Preprocessing, IReadOnlyList<string> Labels, string Description)
{
    /// <summary>The head that gives back the network's own probabilities: the identity.</summary>
    /// <param name="thresholds">One a label, 0 to 1: the score from which it counts as sure.</param>
    public Head Head(IEnumerable<float> thresholds)
    {
        var count = Labels.Count;
        var weights = new float[count * count];
        for (var k = 0; k < count; k++)
            weights[k * count + k] = 1;
        return new Head(Labels, weights, new float[count], [.. thresholds]);
    }
}

/// <summary>A network that fits, as far as can be told without running it.</summary>
/// <param name="IsSigmoid">Whether its scores come from a sigmoid, and so are probabilities.</param>
internal sealed record FittedNetwork(
    ImportedInput Input, ImportedPixels Pixels, Preprocessing Preprocessing, ImportedGraph Graph, bool IsSigmoid);
