namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>A ConvNeXt block: x + MLP(depthwise(x)). Liu et al., "A ConvNet for the 2020s" (2022).</summary>
internal sealed class Block(TrainingGraph graph, string name, int batch, int side, int width) : Layer(graph)
{
    private readonly Depthwise _depthwise = new(graph, $"{name}.conv_dw", batch, side, width);
    private readonly Mlp _mlp = new(graph, name, width);

    public override string Forward(string x) => Graph.Add(x, _mlp.Forward(_depthwise.Forward(x)));

    public override string Backward(string gradient) => Graph.Add(gradient, _depthwise.Backward(_mlp.Backward(gradient)));
}

/// <summary>
/// The second half of a block: layer norm, two pointwise layers with GELU between, layer scale. The norm's scale and shift, the layer scale and
/// GELU's factors are folded into the two weight matrices, which are small beside the activations: with s = x / sqrt 2, GELU(x) = s (1 + erf s) /
/// sqrt 2, and its derivative by s is (1 + erf s + s 2 / sqrt(pi) exp(-s²)) / sqrt 2.
/// </summary>
internal sealed class Mlp(TrainingGraph graph, string name, int width) : Layer(graph)
{
    private static readonly float Root = MathF.Sqrt(0.5f);
    private static readonly float LogTwoOverRootPi = MathF.Log(2 / MathF.Sqrt(MathF.PI));

    private readonly Normalization _normalization = new(graph, width);
    private string _normal = "", _s = "", _onePlusErf = "", _hidden = "", _first = "", _second = "", _unscaled = "";

    private string Fc1 => $"{name}.mlp.fc1.weight";

    private string Fc2 => $"{name}.mlp.fc2.weight";

    private string Scale => $"{name}.norm.weight";

    private string Shift => $"{name}.norm.bias";

    private string Gamma => $"{name}.gamma";

    private string Fc2Bias => $"{name}.mlp.fc2.bias";

    public override string Forward(string x)
    {
        var root = Graph.Scalar(Root);
        _normal = _normalization.Forward(x);
        var fc1 = Graph.Parameter(Fc1, 4 * width, width);
        _first = Graph.Multiply(fc1, Graph.Multiply(Graph.Parameter(Scale, width), root));
        var shifted = Graph.Reshape(Graph.MatMul(fc1, Graph.Reshape(Graph.Parameter(Shift, width), width, 1)), 4 * width);
        var firstBias = Graph.Multiply(Graph.Add(shifted, Graph.Parameter($"{name}.mlp.fc1.bias", 4 * width)), root);
        _s = Graph.Gemm(_normal, _first, firstBias, transposeB: true);
        _onePlusErf = Graph.Add(Graph.Operation("Erf", [_s]), Graph.Scalar(1));
        _hidden = Graph.Multiply(_s, _onePlusErf);
        var gamma = Graph.Parameter(Gamma, width);
        _unscaled = Graph.Multiply(Graph.Parameter(Fc2, width, 4 * width), root);
        _second = Graph.Multiply(_unscaled, Graph.Reshape(gamma, width, 1));
        var secondBias = Graph.Multiply(Graph.Parameter(Fc2Bias, width), gamma);
        return Graph.Gemm(_hidden, _second, secondBias, transposeB: true);
    }

    public override string Backward(string gradient)
    {
        SecondGradients(gradient);
        var slope = Graph.Operation("Exp", [Graph.Subtract(Graph.Scalar(LogTwoOverRootPi), Graph.Multiply(_s, _s))]);
        slope = Graph.Add(Graph.Multiply(_s, slope), _onePlusErf);
        var inner = Graph.Multiply(Graph.Gemm(gradient, _second), slope);
        FirstGradients(inner);
        return _normalization.Backward(Graph.Gemm(inner, _first));
    }

    private void SecondGradients(string gradient)
    {
        var outer = Graph.Gemm(gradient, _hidden, transposeA: true);
        var sum = Graph.SumRows(gradient);
        var gamma = Graph.Multiply(Graph.Reshape(Gamma, width, 1), Graph.Scalar(Root));
        Graph.Gradient(Fc2, Graph.Multiply(outer, gamma));
        Graph.Gradient(Fc2Bias, Graph.Multiply(sum, Gamma));
        var ofWeights = Graph.Operation(
            "ReduceSum", [Graph.Multiply(outer, _unscaled), Graph.Integers(1)], Onnx.GraphBuilder.Attribute("keepdims", 0L));
        Graph.Gradient(Gamma, Graph.Add(ofWeights, Graph.Multiply(sum, Fc2Bias)));
    }

    private void FirstGradients(string inner)
    {
        var root = Graph.Scalar(Root);
        var outer = Graph.Multiply(Graph.Gemm(inner, _normal, transposeA: true), root);
        var sum = Graph.Multiply(Graph.SumRows(inner), root);
        Graph.Gradient($"{name}.mlp.fc1.bias", sum);
        Graph.Gradient(Scale, Graph.SumRows(Graph.Multiply(outer, Fc1)));
        var column = Graph.Reshape(sum, 4 * width, 1);
        Graph.Gradient(Shift, Graph.Gemm(column, Fc1, transposeA: true));
        var viaShift = Graph.Multiply(column, Graph.Reshape(Shift, 1, width));
        Graph.Gradient(Fc1, Graph.Add(Graph.Multiply(outer, Scale), viaShift));
    }
}

/// <summary>
/// A depthwise 7x7 convolution with padding 3, written as matrix products with banded Toeplitz matrices that are themselves products of the
/// kernel and a constant: so forward pass and both gradients run at the speed of matrix multiplication, where a convolution with
/// weights that are no constants would run many times slower. Small maps take one matrix for the whole map, large ones a matrix per kernel row.
/// </summary>
internal sealed class Depthwise(TrainingGraph graph, string name, int batch, int side, int width) : Layer(graph)
{
    public const int Kernel = 7;
    private const int Padding = Kernel / 2;
    private const int LargestWholeMap = 8;

    private string _matrix = "";
    private string _rows = "";

    private string Weight => $"{name}.weight";

    private bool WholeMap => side <= LargestWholeMap;

    private int Padded => side + (2 * Padding);

    private int Pixels => side * side;

    public override string Forward(string x)
    {
        var weight = Graph.Parameter(Weight, width, 1, Kernel, Kernel);
        var bias = Graph.Reshape(Graph.Parameter($"{name}.bias", width), width, 1);
        x = Graph.Transpose(x, 1, 0);
        (_rows, _matrix) = WholeMap ? (Maps(x), MapMatrix(weight)) : (Bands(x, flip: false), BandMatrix(weight, flip: false));
        var y = Graph.Reshape(Graph.MatMul(_rows, _matrix), width, batch * Pixels);
        return Graph.Transpose(Graph.Add(y, bias), 1, 0);
    }

    public override string Backward(string gradient)
    {
        Graph.Gradient($"{name}.bias", Graph.SumRows(gradient));
        gradient = Graph.Transpose(gradient, 1, 0);
        var answers = WholeMap ? Maps(gradient) : Graph.Reshape(gradient, width, batch * side, side);
        var outer = Graph.MatMul(Graph.Transpose(_rows, 0, 2, 1), answers);
        Graph.Gradient(Weight, WholeMap
            ? Graph.Gemm(Graph.Reshape(outer, width, Pixels * Pixels), MapConstant(), transposeB: true)
            : Graph.Gemm(Graph.Reshape(outer, width * Kernel, Padded * side), BandConstant(flip: false), transposeB: true));
        var back = WholeMap
            ? Graph.MatMul(answers, Graph.Transpose(_matrix, 0, 2, 1))
            : Graph.MatMul(Bands(gradient, flip: true), BandMatrix(Weight, flip: true));
        return Graph.Transpose(Graph.Reshape(back, width, batch * Pixels), 1, 0);
    }

    private string Maps(string x) => Graph.Reshape(x, width, batch, Pixels);

    /// <summary>
    /// [C, N * side, 7 * padded side]: for each output row the seven padded input rows that it sees, from the first or (flip) the last.
    /// </summary>
    private string Bands(string x, bool flip)
    {
        var padded = Graph.Operation(
            "Pad", [Graph.Reshape(x, width, batch, side, side), Graph.Integers(0, 0, Padding, Padding, 0, 0, Padding, Padding)]);
        var bands = new string[Kernel];
        for (var i = 0; i < Kernel; i++)
        {
            var from = flip ? Kernel - 1 - i : i;
            bands[i] = Graph.Operation("Slice", [padded, Graph.Integers(from), Graph.Integers(from + side), Graph.Integers(2)]);
        }
        return Graph.Reshape(Graph.Operation("Concat", bands, Onnx.GraphBuilder.Attribute("axis", 3L)), width, batch * side, Kernel * Padded);
    }

    private string BandMatrix(string weight, bool flip) =>
        Graph.Reshape(Graph.MatMul(Graph.Reshape(weight, width * Kernel, Kernel), BandConstant(flip)), width, Kernel * Padded, side);

    private string MapMatrix(string weight) =>
        Graph.Reshape(Graph.MatMul(Graph.Reshape(weight, width, Kernel * Kernel), MapConstant()), width, Pixels, Pixels);

    /// <summary>[7, padded side * side]: 1 where column j of the kernel joins input column u to output column x.</summary>
    private string BandConstant(bool flip)
    {
        var values = new float[Kernel * Padded * side];
        for (var j = 0; j < Kernel; j++)
        {
            for (var x = 0; x < side; x++)
            {
                var u = x + (flip ? Kernel - 1 - j : j);
                values[(((j * Padded) + u) * side) + x] = 1;
            }
        }
        return Graph.Shared($"band {side} {flip}", values, Kernel, Padded * side);
    }

    /// <summary>[49, pixels * pixels]: 1 where a tap of the kernel joins input pixel u to output pixel x.</summary>
    private string MapConstant()
    {
        var values = new float[Kernel * Kernel * Pixels * Pixels];
        for (var u = 0; u < Pixels; u++)
        {
            for (var x = 0; x < Pixels; x++)
            {
                int i = (u / side) - (x / side) + Padding, j = (u % side) - (x % side) + Padding;
                if (i is >= 0 and < Kernel && j is >= 0 and < Kernel)
                    values[(((i * Kernel) + j) * Pixels * Pixels) + (u * Pixels) + x] = 1;
            }
        }
        return Graph.Shared($"map {side}", values, Kernel * Kernel, Pixels * Pixels);
    }
}
