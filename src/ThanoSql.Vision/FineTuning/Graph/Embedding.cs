using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.FineTuning.Graph;

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
