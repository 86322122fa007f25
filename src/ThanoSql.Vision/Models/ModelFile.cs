using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Onnx;
using ThanoSql.Vision.Onnx.Schema;
using ThanoSql.Vision.Trunks;
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

    private readonly SharedSession session;

    private ModelFile(ModelMetadata metadata, SharedSession session) => (Metadata, this.session) = (metadata, session);

    public ModelMetadata Metadata { get; }

    /// <summary>Writes the file whole or not at all; a file of the same name is replaced.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="metadata">Labels and thresholds are those of <paramref name="head"/>.</param>
    /// <param name="trunk">The weights named by the metadata's trunk.</param>
    /// <param name="head">Over the trunk's embeddings.</param>
    /// <exception cref="ArgumentException">Metadata, trunk and head do not belong together.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ModelMetadata metadata, SafeTensors trunk, Head head)
    {
        var variant = ConvNeXtVariant.Of(trunk);
        if (metadata.Trunk.Sha256 != trunk.Sha256 || variant.EmbeddingSize != head.Dimensions)
            throw new ArgumentException("The trunk is not the one that the metadata name, or the head is not made for it.", nameof(trunk));
        if (!metadata.Labels.SequenceEqual(head.Labels) || metadata.Thresholds.Count != head.Labels.Count)
            throw new ArgumentException("The metadata's labels are not the head's.", nameof(metadata));
        var graph = new GraphBuilder(metadata.Model);
        int side = metadata.Trunk.Preprocessing.InputSize;
        graph.Input(InputName, -1, 3, side, side);
        AppendHead(graph, ConvNeXtGraph.Append(graph, trunk, variant, InputName), head);
        graph.Output(OutputName, -1, head.Labels.Count);
        AtomicFile.Write(path, graph.ToModel(metadata.ToProperties()).ToByteArray());
    }

    /// <summary>Loads a model file and checks that it answers: shapes as declared, one label for each output, finite probabilities.</summary>
    /// <exception cref="ModelFileException">The file is damaged, not a model of ThanoSQL, or does not answer.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelFile Read(string path, InferenceSessionFactory sessions)
    {
        var opened = Open(path, sessions);
        try
        {
            var metadata = ModelMetadata.FromProperties(opened.ModelMetadata.CustomMetadataMap, path);
            var shared = new SharedSession(opened);
            var model = new ModelFile(metadata, shared);
            model.Check(opened, path);
            return model;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The head inside a model file that <see cref="Read"/> accepts.</summary>
    /// <exception cref="ModelFileException">The file holds no head where <see cref="Write"/> puts it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Head ReadHead(string path)
    {
        try
        {
            var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
            var metadata = ModelMetadata.FromProperties(model.MetadataProps.ToDictionary(p => p.Key, p => p.Value), path);
            return new Head(metadata.Labels, Initializer(model, "head.weight"), Initializer(model, "head.bias"), [.. metadata.Thresholds]);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException or InvalidOperationException)
        {
            throw new ModelFileException($"{path} holds no head of ThanoSQL: {e.Message}", e);
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
        session.Run(InputName, pixels, [1, 3, side, side], OutputName, probabilities, [1, count]);
        return probabilities;
    }

    public void Dispose() => session.Dispose();

    private static float[] Initializer(ModelProto model, string name) =>
        MemoryMarshal.Cast<byte, float>(model.Graph.Initializer.Single(i => i.Name == name).RawData.Span).ToArray();

    private static void AppendHead(GraphBuilder graph, string embedding, Head head)
    {
        var half = graph.Node("embedding.half", "Cast", [embedding], Attribute("to", (long)TensorProto.Types.DataType.Float16));
        var rounded = graph.Node("embedding.rounded", "Cast", [half], Attribute("to", (long)TensorProto.Types.DataType.Float));
        var weights = graph.Weights("head.weight", head.Weights.Span, head.Labels.Count, head.Dimensions);
        var bias = graph.Weights("head.bias", head.Bias.Span, head.Labels.Count);
        var logits = graph.Node("logits", "Gemm", [rounded, weights, bias], Attribute("transB", 1L));
        graph.Node(OutputName, "Softmax", [logits], Attribute("axis", 1L));
    }

    private static InferenceSession Open(string path, InferenceSessionFactory sessions)
    {
        try
        {
            return sessions.Create(File.ReadAllBytes(path));
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException($"{path} does not load as an ONNX model: {e.Message}", e);
        }
    }

    private void Check(InferenceSession opened, string path)
    {
        int side = Metadata.Trunk.Preprocessing.InputSize, count = Metadata.Labels.Count;
        if (!opened.InputMetadata.TryGetValue(InputName, out var input) || !input.Dimensions.SequenceEqual([-1, 3, side, side]))
            throw new ModelFileException($"{path} has no input '{InputName}' [N, 3, {side}, {side}].");
        if (!opened.OutputMetadata.TryGetValue(OutputName, out var output) || !output.Dimensions.SequenceEqual([-1, count]) || Metadata.Thresholds.Count != count)
            throw new ModelFileException($"{path} has no output '{OutputName}' [N, {count}], one for each of its {count} labels.");
        var probabilities = Predict(new float[Metadata.Trunk.Preprocessing.TensorLength]);
        if (!probabilities.All(float.IsFinite) || Math.Abs(probabilities.Sum() - 1) > 1e-3)
            throw new ModelFileException($"{path} answers with numbers that are no probabilities.");
    }
}
