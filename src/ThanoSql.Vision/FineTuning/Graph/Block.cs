namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>A ConvNeXt block: x + MLP(depthwise(x)). Liu et al., "A ConvNet for the 2020s" (2022).</summary>
internal sealed class Block(TrainingGraph graph, string name, int batch, int side, int width) : Layer(graph)
{
    private readonly Depthwise _depthwise = new(graph, $"{name}.conv_dw", batch, side, width);
    private readonly Mlp _mlp = new(graph, name, width);

    public override string Forward(string x) => Graph.Add(x, _mlp.Forward(_depthwise.Forward(x)));

    public override string Backward(string gradient) => Graph.Add(gradient, _depthwise.Backward(_mlp.Backward(gradient)));
}
