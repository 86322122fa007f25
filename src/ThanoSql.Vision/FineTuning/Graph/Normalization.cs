using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.FineTuning.Graph;

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
