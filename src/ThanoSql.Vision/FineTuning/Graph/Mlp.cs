namespace ThanoSql.Vision.FineTuning.Graph;

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
