using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Onnx;
using ThanoSql.Vision.Onnx.Schema;
using ThanoSql.Vision.Trunks;
using static ThanoSql.Vision.Onnx.GraphBuilder;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Classifiers;

/// <summary>
/// A network between what fits it to this product: before it from the pixels of <see cref="ImageDecoder"/> to those that it wants, after it from its scores to an
/// embedding. Its own values are renamed, so that none meets ours.
/// </summary>
internal sealed class ForeignGraph
{
    public const string Scores = "scores";

    private const string NetworkPrefix = "network.";

    // exp(-60) is nothing beside the best label, and far from what float16 cannot hold
    private const float Least = -60;

    private readonly GraphBuilder graph;
    private readonly bool axesAreInputs;

    /// <summary>Joins all but the end.</summary>
    /// <param name="model">Its graph is changed.</param>
    /// <param name="input">Of the network.</param>
    /// <param name="pixels">What it wants of a picture.</param>
    /// <param name="output">The network's output with the scores.</param>
    public ForeignGraph(ModelProto model, ForeignInput input, ForeignPixels pixels, string output)
    {
        var own = model.Graph;
        ValueNames.Prefix(own, NetworkPrefix);
        var outer = new ModelProto { IrVersion = Math.Max(model.IrVersion, 8), ProducerName = model.ProducerName, Graph = new GraphProto() };
        outer.OpsetImport.Add(model.OpsetImport);
        outer.Functions.Add(model.Functions);
        axesAreInputs = model.OpsetImport.First(o => o.Domain is "" or "ai.onnx").Version >= 18;
        graph = new GraphBuilder(outer);
        AppendPixels(input, pixels);
        graph.Include(own);
        graph.Node(Scores, "Cast", [NetworkPrefix + output], Attribute("to", (long)DataType.Float));
    }

    /// <summary>image [N, 3, S, S] → the network's scores in whatever shape.</summary>
    public ModelProto WithScores()
    {
        graph.OutputOfAnyShape(Scores);
        return graph.ToModel();
    }

    /// <summary>image [N, 3, S, S] → embedding [N, <paramref name="count"/>].</summary>
    public ModelProto WithEmbedding(int batch, int count, bool probabilities)
    {
        graph.ClearOutputs();
        var x = graph.Node("scores.flat", "Flatten", [Scores], Attribute("axis", 1L));
        if (probabilities) x = graph.Node("scores.log", "Log", [x]);
        // Over the best label, since float16 tells small differences apart only near 0
        var best = axesAreInputs
            ? graph.Node("scores.best", "ReduceMax", [x, graph.Integers("scores.axis", 1)], Attribute("keepdims", 1L))
            : graph.Node("scores.best", "ReduceMax", [x], Attribute("axes", [1L]), Attribute("keepdims", 1L));
        x = graph.Node("scores.relative", "Sub", [x, best]);
        graph.Node(ConvNeXtGraph.OutputName, "Max", [x, graph.Weights("scores.least", [Least], 1)]);
        graph.Output(ConvNeXtGraph.OutputName, batch, count);
        return graph.ToModel();
    }

    private void AppendPixels(ForeignInput input, ForeignPixels pixels)
    {
        var x = graph.Input(ConvNeXtGraph.InputName, input.Batch, 3, input.Side, input.Side);
        if (!pixels.Channels.SequenceEqual([0, 1, 2]))
            x = graph.Node("pixels.channels", "Gather", [x, graph.Integers("pixels.order", pixels.Channels)], Attribute("axis", 1L));
        if (pixels.Scale.Any(s => s != 1))
            x = graph.Node("pixels.scaled", "Mul", [x, graph.Weights("pixels.scale", pixels.Scale, 1, input.Channels, 1, 1)]);
        if (pixels.Offset.Any(o => o != 0))
            x = graph.Node("pixels.shifted", "Add", [x, graph.Weights("pixels.offset", pixels.Offset, 1, input.Channels, 1, 1)]);
        if (input.ChannelsLast)
            x = graph.Node("pixels.last", "Transpose", [x], Attribute("perm", 0, 2, 3, 1));
        graph.Node(NetworkPrefix + input.Name, "Cast", [x], Attribute("to", (long)input.Type));
    }
}
