using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>
/// A training graph with clipping and <see cref="AdamW"/> behind it, for a card that keeps everything: <c>image</c>, <c>target</c>, <c>rates</c> and
/// the flat vectors <c>parameters</c>, <c>first</c>, <c>second</c> and <c>average</c> in; <c>loss</c> and the vectors after the step out. All
/// parameters are one vector, so that an update is some large operations, and not a dozen for each of two hundred tensors.
/// </summary>
internal sealed class SteppingGraph
{
    public const string Rates = "rates";
    public const string Parameters = "parameters";
    public const string First = "first";
    public const string Second = "second";
    public const string Average = "average";

    /// <summary>In the order in which a stepper holds them.</summary>
    public static IReadOnlyList<string> Vectors { get; } = [Parameters, First, Second, Average];

    private readonly GraphBuilder _graph;

    private SteppingGraph(string name) => _graph = new GraphBuilder(name);

    /// <summary>A vector's name after the step.</summary>
    public static string Next(string vector) => vector + ".next";

    /// <param name="model">From <see cref="ConvNeXtTraining"/>.</param>
    /// <param name="clipNorm">Longest gradient; a longer one is shortened to it.</param>
    /// <param name="layerDecay">See <see cref="LayerRates"/>.</param>
    public static byte[] Build(TrainingModel model, double clipNorm, double layerDecay)
    {
        var training = ModelProto.Parser.ParseFrom(model.Bytes).Graph;
        var step = new SteppingGraph(training.Name + " step");
        var layout = new FlatLayout(model.Parameters);
        step.Inputs(model, layout);
        step._graph.Include(training);
        step._graph.Output(ConvNeXtTraining.Loss);
        step.Update(step.Clipped(layout, clipNorm), layout, layerDecay);
        step.Follow(layout);
        return step._graph.ToModel().ToByteArray();
    }

    // The training graph's parameters are pieces of the vector
    private void Inputs(TrainingModel model, FlatLayout layout)
    {
        _graph.Input(ConvNeXtTraining.Image, model.Batch, 3, model.Side, model.Side);
        _graph.Input(ConvNeXtTraining.Target, model.Batch, model.Labels);
        _graph.Input(Rates, StepRates.Names.Count);
        foreach (var vector in Vectors)
            _graph.Input(vector, layout.Length);
        var order = layout.Order;
        Split(Parameters, [.. order.Select(p => Own(p.Name))], [.. order.Select(p => (long)p.Length)]);
        foreach (var parameter in order)
        {
            var shape = _graph.Integers(Own(parameter.Name + ".shape"), [.. parameter.Shape.Select(d => (long)d)]);
            _graph.Node(parameter.Name, "Reshape", [Own(parameter.Name), shape]);
        }
    }

    private string Clipped(FlatLayout layout, double clipNorm)
    {
        var flat = _graph.Integers(Own("flat"), -1);
        string[] pieces = [.. layout.Order.Select(p => TrainingGraph.GradientOf(p.Name)).Select(g => Node(g + ".flat", "Reshape", g, flat))];
        var gradient = _graph.Node(Own("gradient"), "Concat", pieces, Attribute("axis", 0L));
        var length = _graph.Node(Own("length"), "ReduceL2", [gradient], Attribute("keepdims", 0L));
        var longest = Scalar("longest", (float)clipNorm);
        return Node("clipped", "Mul", gradient, Node("scale", "Div", longest, Node("longer", "Max", length, longest)));
    }

    private void Update(string gradient, FlatLayout layout, double layerDecay)
    {
        Split(Rates, [.. StepRates.Names.Select(Own)], [.. StepRates.Names.Select(_ => 1L)]);
        var first = Moment(First, gradient, (float)AdamW.Beta1, (float)(1 - AdamW.Beta1), layout);
        var second = Moment(Second, Node("square", "Mul", gradient, gradient), (float)AdamW.Beta2, (float)(1 - AdamW.Beta2), layout);
        var root = Node("root", "Mul", _graph.Node(Own("deviation"), "Sqrt", [second]), Own(nameof(StepRates.RootCorrection)));
        var direction = Node("direction", "Div", first, Node("denominator", "Add", root, Scalar("epsilon", AdamW.Epsilon)));

        string[] names = [.. layout.Groups.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"group{i}"))];
        long[] lengths = [.. layout.Groups.Select(g => g.Length)];
        Split(Parameters, [.. names.Select(n => Own(n + ".from"))], lengths);
        Split(direction, [.. names.Select(n => Own(n + ".direction"))], lengths);
        foreach (var (name, group) in names.Zip(layout.Groups))
        {
            var (rate, decay) = group.IsClassifier
                ? (nameof(StepRates.Classifier), nameof(StepRates.ClassifierDecay)) : (nameof(StepRates.Trunk), nameof(StepRates.TrunkDecay));
            var change = Node(name + ".step", "Mul", Own(name + ".direction"), Own(rate));
            if (group.Decays)
                change = Node(name + ".change", "Add", change, Node(name + ".decay", "Mul", Own(name + ".from"), Own(decay)));
            var factor = Scalar(name + ".factor", LayerRates.Of(group.Depth, LayerRates.Deepest(layout.Order), layerDecay));
            Node(name, "Sub", Own(name + ".from"), Node(name + ".scaled", "Mul", change, factor));
        }
        _graph.Node(Next(Parameters), "Concat", [.. names.Select(Own)], Attribute("axis", 0L));
        _graph.Output(Next(Parameters), layout.Length);
    }

    private void Follow(FlatLayout layout)
    {
        var lag = Node("lag", "Sub", Average, Next(Parameters));
        var kept = Node("lag.kept", "Mul", lag, Own(nameof(StepRates.AverageKeep)));
        _graph.Node(Next(Average), "Add", [Next(Parameters), kept]);
        _graph.Output(Next(Average), layout.Length);
    }

    private string Moment(string name, string value, float keep, float take, FlatLayout layout)
    {
        var kept = Node(name + ".kept", "Mul", name, Scalar(name + ".keep", keep));
        var taken = Node(name + ".taken", "Mul", value, Scalar(name + ".take", take));
        _graph.Node(Next(name), "Add", [kept, taken]);
        _graph.Output(Next(name), layout.Length);
        return Next(name);
    }

    private void Split(string x, string[] pieces, long[] lengths) =>
        _graph.Node("Split", [x, _graph.Integers(pieces[0] + ".lengths", lengths)], pieces, Attribute("axis", 0L));

    private string Node(string name, string operation, string a, string b) => _graph.Node(Own(name), operation, [a, b]);

    private string Scalar(string name, float value) => _graph.Weights(Own(name), [value]);

    // Not to collide with the names of the training graph
    private static string Own(string name) => "adamw." + name;
}
