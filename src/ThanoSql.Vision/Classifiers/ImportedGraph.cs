using static ThanoSql.Vision.Onnx.GraphBuilder;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Classifiers;

/// <summary>
/// A network between what fits it to this product: before it from the pixels of <see cref="ImageDecoder"/> to those that it wants, after it from its
/// scores to an embedding. Its own values are renamed, so that none meets ours.
/// </summary>
internal sealed class ImportedGraph
{
    public const string Scores = "scores";

    private const string NetworkPrefix = "network.";

    // exp(-60) is nothing beside the best label, and far from what float16 cannot hold
    private const float Least = -60;

    private readonly GraphBuilder _graph;
    private readonly bool _axesAreInputs;

    /// <summary>Joins all but the end.</summary>
    /// <param name="model">Its graph is changed.</param>
    /// <param name="input">Of the network.</param>
    /// <param name="pixels">What it wants of a picture.</param>
    /// <param name="output">The network's output with the scores.</param>
    public ImportedGraph(ModelProto model, ImportedInput input, ImportedPixels pixels, string output)
    {
        var own = model.Graph;
        ValueNames.Prefix(own, NetworkPrefix);
        var outer = new ModelProto { IrVersion = Math.Max(model.IrVersion, 8), ProducerName = model.ProducerName, Graph = new GraphProto() };
        // Exporters name domains that they do not use
        outer.OpsetImport.Add(model.OpsetImport.Where(o => o.Domain is "" or "ai.onnx" || own.Node.Any(n => n.Domain == o.Domain)));
        _axesAreInputs = model.OpsetImport.First(o => o.Domain is "" or "ai.onnx").Version >= 18;
        _graph = new GraphBuilder(outer);
        AppendPixels(input, pixels);
        _graph.Include(own);
        _graph.Node(Scores, "Cast", [NetworkPrefix + output], Attribute("to", (long)DataType.Float));
    }

    /// <summary>image [N, 3, S, S] → the network's scores in whatever shape.</summary>
    public ModelProto WithScores()
    {
        _graph.OutputOfAnyShape(Scores);
        return _graph.ToModel();
    }

    /// <summary>image [N, 3, S, S] → embedding [N, labels].</summary>
    public ModelProto WithEmbedding(int batch, ImportedScores scores)
    {
        _graph.ClearOutputs();
        var x = _graph.Node("scores.flat", "Flatten", [Scores], Attribute("axis", 1L));
        if (scores.Count == 1)
        {
            // The other label's: p beside 1 - p, or a logit beside 0
            var other = scores.Probabilities
                ? _graph.Node("scores.other", "Sub", [_graph.Weights("scores.one", [1], 1), x])
                : _graph.Node("scores.other", "Sub", [x, x]);
            x = _graph.Node("scores.both", "Concat", [other, x], Attribute("axis", 1L));
        }
        if (scores.Probabilities)
            x = _graph.Node("scores.log", "Log", [x]);
        // Over the best label, since float16 tells small differences apart only near 0
        var best = _axesAreInputs
            ? _graph.Node("scores.best", "ReduceMax", [x, _graph.Integers("scores.axis", 1)], Attribute("keepdims", 1L))
            : _graph.Node("scores.best", "ReduceMax", [x], Attribute("axes", [1L]), Attribute("keepdims", 1L));
        x = _graph.Node("scores.relative", "Sub", [x, best]);
        _graph.Node(ConvNeXtGraph.OutputName, "Max", [x, _graph.Weights("scores.least", [Least], 1)]);
        _graph.Output(ConvNeXtGraph.OutputName, batch, scores.Labels);
        return _graph.ToModel();
    }

    private void AppendPixels(ImportedInput input, ImportedPixels pixels)
    {
        var x = _graph.Input(ConvNeXtGraph.InputName, input.Batch, 3, input.Side, input.Side);
        if (!pixels.Channels.SequenceEqual([0, 1, 2]))
            x = _graph.Node("pixels.channels", "Gather", [x, _graph.Integers("pixels.order", pixels.Channels)], Attribute("axis", 1L));
        if (pixels.Scale.Any(s => s != 1))
            x = _graph.Node("pixels.scaled", "Mul", [x, _graph.Weights("pixels.scale", pixels.Scale, 1, input.Channels, 1, 1)]);
        if (pixels.Offset.Any(o => o != 0))
            x = _graph.Node("pixels.shifted", "Add", [x, _graph.Weights("pixels.offset", pixels.Offset, 1, input.Channels, 1, 1)]);
        if (input.ChannelsLast)
            x = _graph.Node("pixels.last", "Transpose", [x], Attribute("perm", 0, 2, 3, 1));
        _graph.Node(NetworkPrefix + input.Name, "Cast", [x], Attribute("to", (long)input.Type));
    }
}
