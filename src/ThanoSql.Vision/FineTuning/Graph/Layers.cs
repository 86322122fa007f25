using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>A piece of the network that can write its forward and then its backward pass.</summary>
internal abstract class Layer(TrainingGraph graph)
{
    protected TrainingGraph Graph { get; } = graph;

    /// <summary>Writes the forward pass; returns the output's name and keeps what the backward pass needs.</summary>
    public abstract string Forward(string x);

    /// <summary>Writes the backward pass: gradients of the parameters, and of the input, whose name it returns.</summary>
    public abstract string Backward(string gradient);
}

/// <summary>Layer normalisation of rows without scale and shift: to mean 0 and variance 1. Ba et al., "Layer Normalization" (2016).</summary>
internal sealed class Normalization(TrainingGraph graph, int width) : Layer(graph)
{
    private const float Epsilon = 1e-6f;

    private string _inverse = "";
    private string _output = "";

    public override string Forward(string x)
    {
        var ones = new float[width];
        Array.Fill(ones, 1);
        string[] inputs = [x, Graph.Shared($"ones {width}", ones, width), Graph.Shared($"zeros {width}", new float[width], width)];
        var outputs = Graph.Operations("LayerNormalization", inputs, 3, Attribute("axis", -1L), Attribute("epsilon", Epsilon));
        _inverse = outputs[2];
        return _output = outputs[0];
    }

    public override string Backward(string gradient)
    {
        // dx = (dy - mean(dy) - y mean(dy y)) / sigma
        var along = Graph.Multiply(_output, Graph.Mean(Graph.Multiply(gradient, _output), -1));
        var centred = Graph.Subtract(gradient, Graph.Mean(gradient, -1));
        return Graph.Multiply(Graph.Subtract(centred, along), _inverse);
    }
}

/// <summary>Layer normalisation of rows with scale and shift.</summary>
internal sealed class LayerNorm(TrainingGraph graph, string name, int width) : Layer(graph)
{
    private readonly Normalization _normalization = new(graph, width);
    private string _normal = "";

    private string Scale => $"{name}.weight";

    public override string Forward(string x)
    {
        _normal = _normalization.Forward(x);
        return Graph.Add(Graph.Multiply(_normal, Graph.Parameter(Scale, width)), Graph.Parameter($"{name}.bias", width));
    }

    public override string Backward(string gradient)
    {
        Graph.Gradient(Scale, Graph.SumRows(Graph.Multiply(gradient, _normal)));
        Graph.Gradient($"{name}.bias", Graph.SumRows(gradient));
        return _normalization.Backward(Graph.Multiply(gradient, Scale));
    }
}

/// <summary>
/// A convolution whose stride is its kernel, as one matrix product over patches: the stem (on the picture, [N, 3, side, side]) and the
/// layers between stages (on rows).
/// </summary>
internal sealed class Patches(TrainingGraph graph, string name, PatchShape shape) : Layer(graph)
{
    private string _patches = "";

    private string Weight => $"{name}.weight";

    private int Inputs => shape.ChannelsIn * shape.Kernel * shape.Kernel;

    private int Out => shape.Side / shape.Kernel;

    public override string Forward(string x)
    {
        int n = shape.Batch, k = shape.Kernel, c = shape.ChannelsIn;
        x = shape.OnPicture
            ? Graph.Transpose(Graph.Reshape(x, n, c, Out, k, Out, k), 0, 2, 4, 1, 3, 5)
            : Graph.Transpose(Graph.Reshape(x, n, Out, k, Out, k, c), 0, 1, 3, 5, 2, 4);
        _patches = Graph.Reshape(x, n * Out * Out, Inputs);
        var weight = Graph.Reshape(Graph.Parameter(Weight, shape.ChannelsOut, c, k, k), shape.ChannelsOut, Inputs);
        return Graph.Gemm(_patches, weight, Graph.Parameter($"{name}.bias", shape.ChannelsOut), transposeB: true);
    }

    public override string Backward(string gradient)
    {
        Graph.Gradient(Weight, Graph.Gemm(gradient, _patches, transposeA: true));
        Graph.Gradient($"{name}.bias", Graph.SumRows(gradient));
        if (shape.OnPicture)
            return "";
        var back = Graph.Gemm(gradient, Graph.Reshape(Weight, shape.ChannelsOut, Inputs));
        back = Graph.Reshape(back, shape.Batch, Out, Out, shape.ChannelsIn, shape.Kernel, shape.Kernel);
        return Graph.Reshape(Graph.Transpose(back, 0, 1, 4, 2, 5, 3), shape.Batch * shape.Side * shape.Side, shape.ChannelsIn);
    }
}

/// <param name="Side">Of the square input, in pixels.</param>
/// <param name="OnPicture">The input is the picture itself, which needs no gradient.</param>
internal sealed record PatchShape(int Batch, int Side, int Kernel, int ChannelsIn, int ChannelsOut, bool OnPicture);

/// <summary>Rows → embeddings [N, width] of length 1: mean over the pixels, layer norm, division by the length.</summary>
internal sealed class Embedding(TrainingGraph graph, int batch, int pixels, int width) : Layer(graph)
{
    private readonly LayerNorm _norm = new(graph, "head.norm", width);
    private string _length = "", _unit = "";

    public override string Forward(string x)
    {
        var pooled = Graph.Reshape(Graph.Mean(Graph.Reshape(x, batch, pixels, width), 1), batch, width);
        var normal = _norm.Forward(pooled);
        _length = Graph.Operation("ReduceL2", [normal], Attribute("axes", [1L]), Attribute("keepdims", 1L));
        return _unit = Graph.Operation("Div", [normal, _length]);
    }

    public override string Backward(string gradient)
    {
        // Only what is orthogonal to the embedding changes its direction.
        var along = Graph.Multiply(Graph.Mean(Graph.Multiply(gradient, _unit), 1), Graph.Scalar(width));
        var back = Graph.Operation("Div", [Graph.Subtract(gradient, Graph.Multiply(_unit, along)), _length]);
        back = Graph.Multiply(_norm.Backward(back), Graph.Scalar(1f / pixels));
        back = Graph.Operation("Expand", [Graph.Reshape(back, batch, 1, width), Graph.Integers(batch, pixels, width)]);
        return Graph.Reshape(back, batch * pixels, width);
    }
}

/// <summary>
/// A linear classifier on embeddings and its cross-entropy with given target probabilities, summed over the batch. A target row that sums to w
/// counts w times; an empty row does not count.
/// </summary>
internal sealed class SoftmaxLoss(TrainingGraph graph, string targets, int labels, int width) : Layer(graph)
{
    public const string Weight = "classifier.weight";
    public const string Bias = "classifier.bias";

    // Embeddings have length 1 in many dimensions: the weights are trained at the scale of layer-normalised features.
    private readonly string _scale = graph.Scalar(MathF.Sqrt(width));
    private string _scaled = "", _residual = "";

    /// <summary>Returns the loss.</summary>
    public override string Forward(string x)
    {
        _scaled = Graph.Multiply(x, _scale);
        var logits = Graph.Gemm(_scaled, Graph.Parameter(Weight, labels, width), Graph.Parameter(Bias, labels), transposeB: true);
        var sum = Graph.Operation("ReduceSum", [targets, Graph.Integers(1)], Attribute("keepdims", 1L));
        var all = Graph.Operation("ReduceLogSumExp", [logits], Attribute("axes", [1L]), Attribute("keepdims", 1L));
        _residual = Graph.Subtract(Graph.Multiply(Graph.Operation("Softmax", [logits], Attribute("axis", 1L)), sum), targets);
        var hit = Graph.Operation("ReduceSum", [Graph.Multiply(targets, logits), Graph.Integers(1)], Attribute("keepdims", 1L));
        return Graph.Operation("ReduceSum", [Graph.Subtract(Graph.Multiply(sum, all), hit)], Attribute("keepdims", 0L));
    }

    /// <summary>The loss is the end: there is no gradient to come in.</summary>
    public override string Backward(string gradient)
    {
        Graph.Gradient(Weight, Graph.Gemm(_residual, _scaled, transposeA: true));
        Graph.Gradient(Bias, Graph.SumRows(_residual));
        return Graph.Multiply(Graph.Gemm(_residual, Weight), _scale);
    }
}
