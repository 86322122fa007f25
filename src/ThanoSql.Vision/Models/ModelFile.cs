using ThanoSql.Vision.Hosting;
using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.Models;

/// <summary>
/// One self-contained ONNX file: <c>image</c> [N, 3, S, S] → trunk → unit length → float16 and back, as the index stores embeddings → head →
/// <c>probabilities</c> [N, K]. Any ONNX client that prepares its pictures as the metadata say gets the index's own answers.
/// </summary>
public sealed class ModelFile : IDisposable
{
    public const string InputName = "image";
    public const string OutputName = "probabilities";

    internal const string HeadWeights = "head.weight";
    internal const string HeadBias = "head.bias";

    private readonly SharedSession _session;

    private ModelFile(ModelMetadata metadata, SharedSession session) => (Metadata, _session) = (metadata, session);

    public ModelMetadata Metadata { get; }

    /// <summary>Writes the file whole or not at all; a file of the same name is replaced.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="metadata">Labels and thresholds are those of <paramref name="head"/>.</param>
    /// <param name="trunk">The one that the metadata name.</param>
    /// <param name="head">Over the trunk's embeddings.</param>
    /// <exception cref="ArgumentException">Metadata, trunk and head do not belong together.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ModelMetadata metadata, Trunk trunk, Head head)
    {
        if (metadata.Trunk.Sha256 != trunk.Sha256 || trunk.EmbeddingSize != head.Dimensions)
            throw new ArgumentException("The trunk is not the one that the metadata name, or the head is not made for it.", nameof(trunk));
        if (!metadata.Labels.SequenceEqual(head.Labels) || metadata.Thresholds.Count != head.Labels.Count)
            throw new ArgumentException("The metadata's labels are not the head's.", nameof(metadata));
        var (graph, embedding) = trunk.Begin(metadata.Model, metadata.Trunk.Preprocessing);
        AppendHead(graph, embedding, head);
        graph.Output(OutputName, trunk.Batch, head.Labels.Count);
        AtomicFile.Write(path, graph.ToModel(metadata.ToProperties()).ToByteArray());
    }

    /// <summary>Loads a model file and checks that it answers: shapes as declared, one label for each output, finite probabilities.</summary>
    /// <exception cref="ModelFileException">The file is damaged, not a model of ThanoSQL, or does not answer.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelFile Read(string path, InferenceSessionFactory sessions) => Parse(File.ReadAllBytes(path), path, sessions);

    /// <summary>As <see cref="Read"/>, of bytes in memory.</summary>
    /// <exception cref="ModelFileException">They are damaged, not a model of ThanoSQL, or do not answer.</exception>
    public static ModelFile Parse(byte[] file, string source, InferenceSessionFactory sessions)
    {
        var opened = Open(file, source, sessions);
        try
        {
            var metadata = ModelMetadata.FromProperties(opened.ModelMetadata.CustomMetadataMap, source);
            var shared = new SharedSession(opened);
            var model = new ModelFile(metadata, shared);
            model.Check(opened, source);
            return model;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Checks as <see cref="Read"/> does that a file answers whose trunk is a network of others: in a process of its own.</summary>
    /// <exception cref="ModelFileException">It does not answer with probabilities.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="TrunkException">There is no process for it here.</exception>
    public static void CheckApart(string path, ModelMetadata metadata, InferenceSessionFactory sessions, CancellationToken cancellationToken)
    {
        try
        {
            var (preprocessing, count) = (metadata.Trunk.Preprocessing, metadata.Labels.Count);
            using var process = sessions.Host(File.ReadAllBytes(path), preprocessing.InputSize, places: 1, cancellationToken);
            var answer = process.Look(new float[preprocessing.TensorLength], cancellationToken);
            if (answer.Error is not null || !answer.Shape.SequenceEqual([1, count]) || !AreProbabilities(answer.Values.AsSpan(0, count)))
                throw new ModelFileException($"{path} does not answer with probabilities: {answer.Error}");
        }
        catch (ModelProcessException e)
        {
            throw new ModelFileException($"{path} does not answer: {e.Message}", e);
        }
    }

    /// <param name="pixels">[3, S, S], prepared as the metadata say.</param>
    /// <returns>[K] probabilities in the order of the labels; they sum to 1.</returns>
    public float[] Predict(float[] pixels)
    {
        int side = Metadata.Trunk.Preprocessing.InputSize, count = Metadata.Labels.Count;
        if (pixels.Length != Metadata.Trunk.Preprocessing.TensorLength)
            throw new ArgumentException($"3 x {side} x {side} values are expected, not {pixels.Length}.", nameof(pixels));
        var probabilities = new float[count];
        _session.Run(InputName, pixels, [1, 3, side, side], OutputName, probabilities, [1, count]);
        return probabilities;
    }

    public void Dispose() => _session.Dispose();

    /// <summary>An embedding as the index keeps it: to float16 and back.</summary>
    internal static string Rounded(GraphBuilder graph, string embedding)
    {
        var half = graph.Node("embedding.half", "Cast", [embedding], Attribute("to", (long)TensorProto.Types.DataType.Float16));
        return graph.Node("embedding.rounded", "Cast", [half], Attribute("to", (long)TensorProto.Types.DataType.Float));
    }

    private static void AppendHead(GraphBuilder graph, string embedding, Head head)
    {
        var rounded = Rounded(graph, embedding);
        var weights = graph.Weights(HeadWeights, head.Weights.Span, head.Labels.Count, head.Dimensions);
        var bias = graph.Weights(HeadBias, head.Bias.Span, head.Labels.Count);
        var logits = graph.Node("logits", "Gemm", [rounded, weights, bias], Attribute("transB", 1L));
        graph.Node(OutputName, "Softmax", [logits], Attribute("axis", 1L));
    }

    private static InferenceSession Open(byte[] file, string source, InferenceSessionFactory sessions)
    {
        try
        {
            return sessions.CreateOnCpu(file);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException($"{source} does not load as an ONNX model: {e.Message}", e);
        }
    }

    private void Check(InferenceSession opened, string source)
    {
        int side = Metadata.Trunk.Preprocessing.InputSize, count = Metadata.Labels.Count;
        if (!opened.InputMetadata.TryGetValue(InputName, out var input)
            || !(input.Dimensions is [-1 or 1, ..] && input.Dimensions.Skip(1).SequenceEqual([3, side, side])))
        {
            throw new ModelFileException($"{source} has no input '{InputName}' [N, 3, {side}, {side}].");
        }

        if (!opened.OutputMetadata.TryGetValue(OutputName, out var output) || !(output.Dimensions is [-1 or 1, var answers] && answers == count))
            throw new ModelFileException($"{source} has no output '{OutputName}' [N, {count}], one for each of its {count} labels.");
        var probabilities = Predict(new float[Metadata.Trunk.Preprocessing.TensorLength]);
        if (!AreProbabilities(probabilities))
            throw new ModelFileException($"{source} answers with numbers that are no probabilities.");
    }

    private static bool AreProbabilities(ReadOnlySpan<float> values) => Math.Abs(TensorPrimitives.Sum(values) - 1) <= 1e-3;
}

/// <summary>A model file cannot be used. The message says why.</summary>
public sealed class ModelFileException : Exception
{
    public ModelFileException(string message)
        : base(message)
    {
    }

    public ModelFileException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
