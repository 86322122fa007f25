using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.Trunks;

/// <summary>
/// timm-named ConvNeXt weights → ONNX. Channels first, pointwise layers as 1x1 convolutions, layer norm between two transposes, GELU spelled
/// out with Erf (runtimes fuse it, and every one of them has it), layer scale folded into the second pointwise layer: the fastest of the
/// formulations that were measured on CPUs. The batch dimension is free.
/// </summary>
public static class ConvNeXtGraph
{
    public const string InputName = "image";
    public const string OutputName = "embedding";

    internal const float Epsilon = 1e-6f;

    private static readonly long[] ChannelsLast = [0, 2, 3, 1];
    private static readonly long[] ChannelsFirst = [0, 3, 1, 2];

    /// <summary>A whole model: <c>image</c> [N, 3, size, size] → <c>embedding</c> [N, D], each of Euclidean length 1.</summary>
    /// <exception cref="TrunkException">A tensor is missing or of the wrong shape.</exception>
    public static byte[] Build(SafeTensors weights, ConvNeXtVariant variant, Preprocessing preprocessing)
    {
        var (graph, embedding) = Begin(variant.AlgorithmName, weights, variant, preprocessing);
        graph.Node(OutputName, "Identity", [embedding]);
        graph.Output(OutputName, -1, variant.EmbeddingSize);
        return graph.ToModel().ToByteArray();
    }

    /// <summary>A graph with the trunk in it; returns it with the name of the embedding [N, D].</summary>
    internal static (GraphBuilder Graph, string Embedding) Begin(
        string name, SafeTensors weights, ConvNeXtVariant variant, Preprocessing preprocessing)
    {
        var graph = new GraphBuilder(name);
        int width = variant.Widths[0];
        var x = graph.Input(InputName, -1, 3, preprocessing.InputSize, preprocessing.InputSize);
        x = Convolution(graph, weights, "stem.0", x, (width, 3), size: 4);
        x = LayerNormOverChannels(graph, weights, "stem.1", x, width);
        for (int stage = 0; stage < 4; stage++)
        {
            if (stage > 0)
            {
                x = LayerNormOverChannels(graph, weights, $"stages.{stage}.downsample.0", x, width);
                x = Convolution(graph, weights, $"stages.{stage}.downsample.1", x, (variant.Widths[stage], width), size: 2);
            }
            width = variant.Widths[stage];
            for (int block = 0; block < variant.Depths[stage]; block++)
                x = Block(graph, weights, $"stages.{stage}.blocks.{block}", x, width);
        }
        return (graph, Pool(graph, weights, x, width));
    }

    private static string Block(GraphBuilder graph, SafeTensors weights, string name, string x, int width)
    {
        var y = graph.Node($"{name}.conv_dw", "Conv",
            [x, Weights(graph, weights, $"{name}.conv_dw.weight", width, 1, 7, 7), Weights(graph, weights, $"{name}.conv_dw.bias", width)],
            Attribute("kernel_shape", 7, 7), Attribute("pads", 3, 3, 3, 3), Attribute("group", (long)width));
        y = LayerNormOverChannels(graph, weights, $"{name}.norm", y, width);
        y = Pointwise(
            graph, $"{name}.mlp.fc1", y, weights.Read($"{name}.mlp.fc1.weight", 4 * width, width), weights.Read($"{name}.mlp.fc1.bias", 4 * width));
        y = Gelu(graph, $"{name}.gelu", y);
        var (weight, bias) = FoldLayerScale(weights, name, width);
        y = Pointwise(graph, $"{name}.mlp.fc2", y, weight, bias);
        return graph.Node($"{name}.add", "Add", [x, y]);
    }

    // gamma * (W h + b) = (gamma W) h + gamma b
    internal static (float[] Weight, float[] Bias) FoldLayerScale(SafeTensors weights, string name, int width)
    {
        var gamma = weights.Read($"{name}.gamma", width);
        var weight = weights.Read($"{name}.mlp.fc2.weight", width, 4 * width);
        var bias = weights.Read($"{name}.mlp.fc2.bias", width);
        for (int row = 0; row < width; row++)
        {
            bias[row] *= gamma[row];
            foreach (ref var value in weight.AsSpan(row * 4 * width, 4 * width))
                value *= gamma[row];
        }
        return (weight, bias);
    }

    private static string Pool(GraphBuilder graph, SafeTensors weights, string x, int width)
    {
        x = graph.Node("pool", "GlobalAveragePool", [x]);
        x = graph.Node("flatten", "Flatten", [x], Attribute("axis", 1L));
        x = LayerNorm(graph, weights, "head.norm", x, width);
        var length = graph.Node("length", "ReduceL2", [x], Attribute("axes", [1L]), Attribute("keepdims", 1L));
        length = graph.Node("length.positive", "Max", [length, graph.Weights("length.least", [1e-12f])]);
        return graph.Node("unit", "Div", [x, length]);
    }

    // Patches of size x size that do not overlap
    private static string Convolution(GraphBuilder graph, SafeTensors weights, string name, string x, (int Out, int In) width, int size) =>
        graph.Node(name, "Conv",
            [x, Weights(graph, weights, $"{name}.weight", width.Out, width.In, size, size), Weights(graph, weights, $"{name}.bias", width.Out)],
            Attribute("kernel_shape", size, size), Attribute("strides", size, size));

    private static string Pointwise(GraphBuilder graph, string name, string x, float[] weight, float[] bias) =>
        graph.Node(name, "Conv",
            [
                x, graph.Weights($"{name}.weight", weight, bias.Length, weight.Length / bias.Length, 1, 1),
                graph.Weights($"{name}.bias", bias, bias.Length)
            ],
            Attribute("kernel_shape", 1, 1));

    private static string LayerNormOverChannels(GraphBuilder graph, SafeTensors weights, string name, string x, int width)
    {
        x = graph.Node($"{name}.last", "Transpose", [x], Attribute("perm", ChannelsLast));
        x = LayerNorm(graph, weights, name, x, width);
        return graph.Node($"{name}.first", "Transpose", [x], Attribute("perm", ChannelsFirst));
    }

    private static string LayerNorm(GraphBuilder graph, SafeTensors weights, string name, string x, int width) =>
        graph.Node(name, "LayerNormalization",
            [x, Weights(graph, weights, $"{name}.weight", width), Weights(graph, weights, $"{name}.bias", width)],
            Attribute("axis", -1L), Attribute("epsilon", Epsilon));

    // x * 0.5 * (1 + erf(x / sqrt 2)), in the shape that optimisers recognise
    private static string Gelu(GraphBuilder graph, string name, string x)
    {
        var erf = graph.Node($"{name}.scaled", "Div", [x, graph.Weights($"{name}.root2", [float.Sqrt(2)])]);
        erf = graph.Node($"{name}.erf", "Erf", [erf]);
        erf = graph.Node($"{name}.shifted", "Add", [erf, graph.Weights($"{name}.one", [1f])]);
        var product = graph.Node($"{name}.product", "Mul", [x, erf]);
        return graph.Node(name, "Mul", [product, graph.Weights($"{name}.half", [0.5f])]);
    }

    private static string Weights(GraphBuilder graph, SafeTensors weights, string name, params ReadOnlySpan<int> shape)
    {
        Span<long> dimensions = stackalloc long[shape.Length];
        for (int i = 0; i < shape.Length; i++)
            dimensions[i] = shape[i];
        return graph.Weights(name, weights.Read(name, shape), dimensions);
    }
}
