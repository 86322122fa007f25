namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>
/// The training graph of a ConvNeXt with a linear classifier: <c>image</c> [N, 3, side, side], <c>target</c> [N, labels] and every parameter in;
/// <c>loss</c> and every parameter's gradient out. Standard operators only, so that plain ONNX Runtime trains. The first stages may be frozen:
/// then they are constants, and nothing goes back through them.
/// </summary>
internal static class ConvNeXtTraining
{
    public const string Image = "image";
    public const string Target = "target";
    public const string Loss = "loss";

    // Stem and three halvings: sides divide by 32 down to whole pixels.
    public const int SideStep = 32;

    /// <param name="side">Of the input in pixels, a multiple of <see cref="SideStep"/>.</param>
    /// <param name="batch">Pictures of one run.</param>
    /// <param name="frozen">What does not learn; null when everything does.</param>
    public static TrainingModel Build(ConvNeXtVariant variant, int side, int batch, int labels, FrozenStages? frozen = null)
    {
        if (side % SideStep != 0)
            throw new ArgumentException($"The input size must be a multiple of {SideStep}, not {side}.", nameof(side));
        var graph = new TrainingGraph(variant.AlgorithmName + " training");
        graph.Input(Image, batch, 3, side, side);
        graph.Input(Target, batch, labels);
        var layers = Layers(graph, variant, side, batch, labels);
        var still = frozen is null ? 0 : LayersOf(variant, frozen.Count);
        var (value, gradient) = (Image, "");
        for (var i = 0; i < layers.Count; i++)
        {
            graph.Frozen = i < still ? frozen!.Weights : null;
            graph.Depth += layers[i] is Block ? 1 : 0;
            value = layers[i].Forward(value);
        }
        graph.Output(Loss, value);
        for (var i = layers.Count - 1; i >= still; i--)
            gradient = layers[i].Backward(gradient);
        return new TrainingModel(graph.ToBytes(), graph.Parameters, batch, side, labels);
    }

    // The stem is two layers, and so is what lies between stages
    private static int LayersOf(ConvNeXtVariant variant, int stages) => stages == 0 ? 0 : (2 * stages) + variant.Depths.Take(stages).Sum();

    private static List<Layer> Layers(TrainingGraph graph, ConvNeXtVariant variant, int side, int batch, int labels)
    {
        var widths = variant.Widths;
        var layers = new List<Layer>
        {
            new Patches(graph, "stem.0", new(batch, side, 4, 3, widths[0], OnPicture: true)),
            new LayerNorm(graph, "stem.1", widths[0]),
        };
        side /= 4;
        for (var stage = 0; stage < 4; stage++)
        {
            if (stage > 0)
            {
                layers.Add(new LayerNorm(graph, $"stages.{stage}.downsample.0", widths[stage - 1]));
                layers.Add(
                    new Patches(graph, $"stages.{stage}.downsample.1", new(batch, side, 2, widths[stage - 1], widths[stage], OnPicture: false)));
                side /= 2;
            }
            for (var block = 0; block < variant.Depths[stage]; block++)
                layers.Add(new Block(graph, $"stages.{stage}.blocks.{block}", batch, side, widths[stage]));
        }
        layers.Add(new Embedding(graph, batch, side * side, widths[3]));
        layers.Add(new SoftmaxLoss(graph, Target, labels, widths[3]));
        return layers;
    }
}

/// <summary>The stem and the stages behind it that keep their weights.</summary>
/// <param name="Weights">Of the trunk.</param>
/// <param name="Count">0 to 3 stages; with 0 the stem learns, too.</param>
internal sealed record FrozenStages(SafeTensors Weights, int Count);

/// <summary>A training graph and what goes in and out of it.</summary>
/// <param name="Bytes">The ONNX model.</param>
/// <param name="Parameters">In the order of the graph.</param>
/// <param name="Batch">Pictures of one run; a smaller batch leaves target rows empty.</param>
internal sealed record TrainingModel(byte[] Bytes, IReadOnlyList<GraphParameter> Parameters, int Batch, int Side, int Labels);
