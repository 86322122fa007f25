using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.Trunks;

/// <summary>
/// timm-named ConvNeXt weights → ONNX for GPUs: bytes in, float16 inside, channels last. Pointwise layers, stem and down-sampling are matrix
/// products, so that transposes are left around the depthwise convolutions alone. Pooling and what follows is float32. Its embeddings agree with
/// <see cref="ConvNeXtGraph"/>'s to a cosine of 0.99999.
/// </summary>
internal static class ChannelsLastGraph
{
    public const string InputName = "pixels";

    // The first with Gelu
    private const int OperatorSet = 20;
    private const int IrVersion = 9;

    private static readonly long[] ToChannelsLast = [0, 2, 3, 1];
    private static readonly long[] ToChannelsFirst = [0, 3, 1, 2];

    /// <summary>
    /// A whole model: <c>pixels</c>, bytes [N, size, size, 3] in row, column, channel order → <c>embedding</c> [N, D], float32, each of Euclidean
    /// length 1.
    /// </summary>
    /// <exception cref="TrunkException">A tensor is missing or of the wrong shape.</exception>
    public static byte[] Build(SafeTensors weights, ConvNeXtVariant variant, Preprocessing preprocessing)
    {
        var graph = new GraphBuilder(variant.AlgorithmName, OperatorSet, IrVersion);
        var width = variant.Widths[0];
        var side = preprocessing.InputSize;
        var x = Stem(graph, weights, side, width);
        side /= 4;
        for (var stage = 0; stage < 4; stage++)
        {
            if (stage > 0)
            {
                x = LayerNorm(graph, weights, $"stages.{stage}.downsample.0", x, width);
                x = Halve(graph, weights, $"stages.{stage}.downsample.1", x, side, (variant.Widths[stage], width));
                side /= 2;
            }
            width = variant.Widths[stage];
            for (var block = 0; block < variant.Depths[stage]; block++)
                x = Block(graph, weights, $"stages.{stage}.blocks.{block}", x, width);
        }
        graph.Node(ConvNeXtGraph.OutputName, "Identity", [Pool(graph, weights, x, width)]);
        graph.Output(ConvNeXtGraph.OutputName, -1, variant.EmbeddingSize);
        return graph.ToModel().ToByteArray();
    }

    /// <summary>
    /// The normalisation is in its weights. What is subtracted from the bytes are whole numbers, which float16 holds exactly: unlike the bytes alone,
    /// the differences are small where the normalised values are, and so are the errors.
    /// </summary>
    private static string Stem(GraphBuilder graph, SafeTensors weights, int side, int width)
    {
        const int Kernel = 4;
        var x = graph.Bytes(InputName, -1, side, side, 3);
        x = Patches(graph, "stem.0", x, side, Kernel, 3);
        x = graph.Node("stem.0.half", "Cast", [x], Attribute("to", (long)TensorProto.Types.DataType.Float16));
        var (weight, bias) = (weights.Read("stem.0.weight", width, 3, Kernel, Kernel), weights.Read("stem.0.bias", width));
        var centres = new float[Kernel * Kernel * 3];
        for (var i = 0; i < centres.Length; i++)
            centres[i] = MathF.Round(255 * Preprocessing.Mean[i % 3]);
        for (var i = 0; i < weight.Length; i++)
        {
            var channel = i / (Kernel * Kernel) % 3;
            var (mean, deviation) = (Preprocessing.Mean[channel], Preprocessing.StandardDeviation[channel]);
            bias[i / (Kernel * Kernel * 3)] += weight[i] * ((centres[channel] / 255) - mean) / deviation;
            weight[i] /= 255 * deviation;
        }
        x = graph.Node("stem.0.centred", "Sub", [x, graph.Halves("stem.0.centres", centres, centres.Length)]);
        x = Dense(graph, "stem.0", x, PatchMatrix(weight, width, 3, Kernel), bias);
        return LayerNorm(graph, weights, "stem.1", x, width);
    }

    private static string Halve(GraphBuilder graph, SafeTensors weights, string name, string x, int side, (int Out, int In) width)
    {
        x = Patches(graph, name, x, side, 2, width.In);
        var weight = weights.Read($"{name}.weight", width.Out, width.In, 2, 2);
        return Dense(graph, name, x, PatchMatrix(weight, width.Out, width.In, 2), weights.Read($"{name}.bias", width.Out));
    }

    /// <summary>[N, side, side, C] → [N, side / kernel, side / kernel, kernel² * C]; rows and columns that are left over are dropped.</summary>
    private static string Patches(GraphBuilder graph, string name, string x, int side, int kernel, int channels)
    {
        var count = side / kernel;
        if (side % kernel != 0)
        {
            var end = graph.Integers($"{name}.end", count * kernel, count * kernel);
            x = graph.Node($"{name}.whole", "Slice", [x, graph.Integers($"{name}.begin", 0, 0), end, graph.Integers($"{name}.axes", 1, 2)]);
        }
        x = graph.Node($"{name}.rows", "Reshape", [x, graph.Integers($"{name}.split", -1, count, kernel, count, kernel * channels)]);
        x = graph.Node($"{name}.patches", "Transpose", [x], Attribute("perm", 0L, 1L, 3L, 2L, 4L));
        return graph.Node($"{name}.flat", "Reshape", [x, graph.Integers($"{name}.joined", -1, count, count, kernel * kernel * channels)]);
    }

    /// <summary>A kernel [out, in, row, column] → [row, column and in, out], for patches on the left.</summary>
    private static float[] PatchMatrix(float[] weight, int outputs, int inputs, int kernel)
    {
        var taps = kernel * kernel;
        var matrix = new float[weight.Length];
        for (var o = 0; o < outputs; o++)
        {
            for (var c = 0; c < inputs; c++)
            {
                for (var tap = 0; tap < taps; tap++)
                    matrix[(((tap * inputs) + c) * outputs) + o] = weight[(((o * inputs) + c) * taps) + tap];
            }
        }
        return matrix;
    }

    private static string Block(GraphBuilder graph, SafeTensors weights, string name, string x, int width)
    {
        var y = graph.Node($"{name}.first", "Transpose", [x], Attribute("perm", ToChannelsFirst));
        var kernel = graph.Halves($"{name}.conv_dw.weight", weights.Read($"{name}.conv_dw.weight", width, 1, 7, 7), width, 1, 7, 7);
        var shift = graph.Halves($"{name}.conv_dw.bias", weights.Read($"{name}.conv_dw.bias", width), width);
        y = graph.Node($"{name}.conv_dw", "Conv", [y, kernel, shift],
            Attribute("kernel_shape", 7L, 7L), Attribute("pads", 3L, 3L, 3L, 3L), Attribute("group", (long)width));
        y = graph.Node($"{name}.last", "Transpose", [y], Attribute("perm", ToChannelsLast));
        y = LayerNorm(graph, weights, $"{name}.norm", y, width);
        var fc1 = PatchMatrix(weights.Read($"{name}.mlp.fc1.weight", 4 * width, width), 4 * width, width, 1);
        y = Dense(graph, $"{name}.mlp.fc1", y, fc1, weights.Read($"{name}.mlp.fc1.bias", 4 * width));
        y = graph.Node($"{name}.gelu", "Gelu", [y]);
        var (fc2, bias) = ConvNeXtGraph.FoldLayerScale(weights, name, width);
        y = Dense(graph, $"{name}.mlp.fc2", y, PatchMatrix(fc2, width, 4 * width, 1), bias);
        return graph.Node($"{name}.add", "Add", [x, y]);
    }

    private static string Pool(GraphBuilder graph, SafeTensors weights, string x, int width)
    {
        x = graph.Node("pool.single", "Cast", [x], Attribute("to", (long)TensorProto.Types.DataType.Float));
        x = graph.Node("pool", "ReduceMean", [x, graph.Integers("pool.axes", 1, 2)], Attribute("keepdims", 0L));
        var scale = graph.Weights("head.norm.weight", weights.Read("head.norm.weight", width), width);
        x = Norm(graph, "head.norm", x, scale, graph.Weights("head.norm.bias", weights.Read("head.norm.bias", width), width));
        var length = graph.Node("length", "ReduceL2", [x, graph.Integers("length.axes", 1)]);
        length = graph.Node("length.positive", "Max", [length, graph.Weights("length.least", [1e-12f])]);
        return graph.Node("unit", "Div", [x, length]);
    }

    /// <param name="graph">Is added to.</param>
    /// <param name="name">Of the layer.</param>
    /// <param name="x">[…, in].</param>
    /// <param name="matrix">[in, out].</param>
    /// <param name="bias">[out].</param>
    private static string Dense(GraphBuilder graph, string name, string x, float[] matrix, float[] bias)
    {
        x = graph.Node($"{name}.product", "MatMul", [x, graph.Halves($"{name}.weight", matrix, matrix.Length / bias.Length, bias.Length)]);
        return graph.Node(name, "Add", [x, graph.Halves($"{name}.bias", bias, bias.Length)]);
    }

    private static string LayerNorm(GraphBuilder graph, SafeTensors weights, string name, string x, int width)
    {
        var scale = graph.Halves($"{name}.weight", weights.Read($"{name}.weight", width), width);
        return Norm(graph, name, x, scale, graph.Halves($"{name}.bias", weights.Read($"{name}.bias", width), width));
    }

    private static string Norm(GraphBuilder graph, string name, string x, string scale, string shift) =>
        graph.Node(name, "LayerNormalization", [x, scale, shift], Attribute("axis", -1L), Attribute("epsilon", ConvNeXtGraph.Epsilon));
}
