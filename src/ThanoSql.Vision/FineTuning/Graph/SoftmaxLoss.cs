using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.FineTuning.Graph;

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
