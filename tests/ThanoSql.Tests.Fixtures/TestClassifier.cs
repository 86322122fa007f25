using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using ThanoSql.Vision.Onnx;
using ThanoSql.Vision.Onnx.Schema;
using static ThanoSql.Vision.Onnx.GraphBuilder;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Tests.Fixtures;

/// <summary>
/// A small classifier as another program would export it: two convolutions, pooling and a linear layer over random weights. It names its values as
/// ThanoSQL does, so that a mix-up of the two would show.
/// </summary>
public sealed record TestClassifier
{
    public int Side { get; init; } = 32;

    public int Channels { get; init; } = 3;

    public int Labels { get; init; } = 4;

    public bool ChannelsLast { get; init; }

    /// <summary>Whether it ends in a softmax.</summary>
    public bool Probabilities { get; init; }

    /// <summary>-1 for any number of pictures.</summary>
    public int Batch { get; init; } = -1;

    /// <summary>Whether height and width are left open.</summary>
    public bool AnySize { get; init; }

    public int OperatorSet { get; init; } = 17;

    /// <summary>Whether it takes bytes.</summary>
    public bool Bytes { get; init; }

    public int Seed { get; init; } = 1;

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public byte[] ToBytes() => ToModel().ToByteArray();

    internal ModelProto ToModel()
    {
        var graph = new GraphBuilder("network");
        long side = AnySize ? -1 : Side;
        var x = ChannelsLast ? graph.Input("image", Batch, side, side, Channels) : graph.Input("image", Batch, Channels, side, side);
        if (Bytes)
            x = graph.Node("values", "Cast", [x], Attribute("to", (long)DataType.Float));
        if (ChannelsLast)
            x = graph.Node("planes", "Transpose", [x], Attribute("perm", 0, 3, 1, 2));
        x = graph.Node(
            "first", "Conv", [x, Weights(graph, "first.weight", 1, 6, Channels, 5, 5), Weights(graph, "first.bias", 2, 6)],
            Attribute("strides", 4, 4));
        x = graph.Node("positive", "Relu", [x]);
        x = graph.Node(
            "second", "Conv", [x, Weights(graph, "second.weight", 3, 8, 6, 3, 3), Weights(graph, "second.bias", 4, 8)], Attribute("strides", 2, 2));
        x = graph.Node("pooled", "GlobalAveragePool", [x]);
        x = graph.Node("embedding", "Flatten", [x], Attribute("axis", 1L));
        x = graph.Node(
            "scores", "Gemm", [x, Weights(graph, "head.weight", 5, Labels, 8), Weights(graph, "head.bias", 6, Labels)], Attribute("transB", 1L));
        if (Probabilities)
            x = graph.Node("probabilities", "Softmax", [x], Attribute("axis", 1L));
        graph.Output(x, Batch, Labels);
        var model = graph.ToModel(Metadata);
        model.OpsetImport[0].Version = OperatorSet;
        if (Bytes)
            model.Graph.Input[0].Type.TensorType.ElemType = (int)DataType.Uint8;
        return model;
    }

    /// <summary>A classifier of three outputs: which of red, green and blue a picture of 32 pixels has most of. Its input is <c>image</c>.</summary>
    /// <param name="channelsLast">[N, 32, 32, 3] instead of [N, 3, 32, 32].</param>
    /// <param name="bias">Added to the three scores.</param>
    public static byte[] OfColours(bool channelsLast = false, params float[] bias)
    {
        ArgumentNullException.ThrowIfNull(bias);
        var graph = new GraphBuilder("colours");
        var x = channelsLast ? graph.Input("image", -1, 32, 32, 3) : graph.Input("image", -1, 3, 32, 32);
        if (channelsLast)
            x = graph.Node("planes", "Transpose", [x], Attribute("perm", 0, 3, 1, 2));
        x = graph.Node("means", "GlobalAveragePool", [x]);
        x = graph.Node("flat", "Flatten", [x], Attribute("axis", 1L));
        x = graph.Node(
            "scores", "Gemm", [x, graph.Weights("w", [4, 0, 0, 0, 4, 0, 0, 0, 4], 3, 3), graph.Weights("b", bias.Length == 3 ? bias : [0, 0, 0], 3)]);
        graph.Output(x, -1, 3);
        return graph.ToModel().ToByteArray();
    }

    /// <summary>What ONNX Runtime itself says of one prepared picture: the network's scores.</summary>
    /// <param name="file">The classifier.</param>
    /// <param name="values">In the layout of its input; rounded where it takes bytes.</param>
    /// <param name="shape">Of its input.</param>
    public static float[] Run(byte[] file, float[] values, params long[] shape)
    {
        using var session = new InferenceSession(file);
        using var image = session.InputMetadata["image"].ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8
            ? OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (byte)MathF.Round(v)), shape)
            : OrtValue.CreateTensorValueFromMemory(values, shape);
        using var settings = new RunOptions();
        using var results = session.Run(settings, ["image"], [image], session.OutputNames);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private string Weights(GraphBuilder graph, string name, int part, params ReadOnlySpan<long> shape)
    {
        var random = new Random(100 * Seed + part);
        var count = 1L;
        foreach (var dimension in shape)
            count *= dimension;
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = random.NextSingle() - 0.5f;
        return graph.Weights(name, values, shape);
    }
}
