namespace ThanoSql.Vision.FineTuning.Graph;

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
