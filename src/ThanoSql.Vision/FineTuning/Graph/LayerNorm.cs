namespace ThanoSql.Vision.FineTuning.Graph;

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
