using System.Collections.Frozen;

namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>The operators that image classifiers are made of, each with the rule for the size of its outputs.</summary>
internal static class AllowedOperators
{
    private const string Contrib = "com.microsoft";

    private static readonly string[] ControlFlow = ["If", "Loop", "Scan", "SequenceMap"];

    // One value in, one of its shape out; where there are more inputs, they are parameters
    private static readonly string[] LikeFirst =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BatchNormalization", "Celu", "Clip", "Cos", "Cosh", "CumSum",
        "DequantizeLinear", "Dropout", "Elu", "Erf", "Exp", "Gelu", "GroupNormalization", "HardSigmoid", "HardSwish", "Hardmax",
        "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LayerNormalization", "LeakyRelu", "Log", "LogSoftmax", "LpNormalization",
        "MeanVarianceNormalization", "Mish", "PRelu", "QuantizeLinear", "RMSNormalization", "Reciprocal", "Relu", "Round", "ScatterElements",
        "ScatterND", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softmax", "Softplus", "Softsign", "Swish", "Tan", "Tanh", "ThresholdedRelu",
        "Trilu",
    ];

    private static readonly string[] LikeFirstOfContrib =
        ["BiasGelu", "FastGelu", "Gelu", "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax", "QuickGelu"];

    private static readonly string[] Reductions =
    [
        "ArgMax", "ArgMin", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
        "ReduceSum", "ReduceSumSquare",
    ];

    private static readonly FrozenDictionary<string, ShapeRule> Rules = All().ToFrozenDictionary();

    /// <summary>Their names, as in an ONNX file; those of other makers behind their domain.</summary>
    public static IEnumerable<string> Names => Rules.Keys.Order(StringComparer.Ordinal);

    public static ShapeRule? Find(NodeProto node) =>
        Rules.GetValueOrDefault(node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}:{node.OpType}");

    /// <returns>Why a node is not taken and what to do; null for one that is.</returns>
    public static string? WhyNot(NodeProto node)
    {
        if (Find(node) is not null)
            return null;
        if (ControlFlow.Contains(node.OpType))
            return $"control flow, which may never end. {ClassifierImport.HowToSimplify}";
        if (node.OpType.StartsWith("TreeEnsemble", StringComparison.Ordinal))
            return "a tree ensemble. Trees of pixels are not taken: bring a neural network, or BUILD MODEL on the pictures.";
        return node.Domain is "" or "ai.onnx" or Contrib
            ? $"an operator that is not taken here; docs/models.md lists those that are. {ClassifierImport.HowToSimplify}"
            : $"an operator of the domain '{ImportGate.Short(node.Domain)}', and those of ONNX itself are taken. {ClassifierImport.HowToSimplify}";
    }

    private static Dictionary<string, ShapeRule> All()
    {
        var rules = new Dictionary<string, ShapeRule>();
        foreach (var name in LikeFirst)
            rules[name] = ElementRules.LikeFirst;
        foreach (var name in LikeFirstOfContrib)
            rules[$"{Contrib}:{name}"] = ElementRules.LikeFirst;
        foreach (var name in Reductions)
            rules[name] = ElementRules.Reduce;
        ElementRules.AddTo(rules);
        LayerRules.AddTo(rules);
        LayoutRules.AddTo(rules);
        SelectionRules.AddTo(rules);
        rules[$"{Contrib}:QLinearAdd"] = node => [new Sized(Sized.Common([node[0], node[3]]))];
        rules[$"{Contrib}:QLinearMul"] = rules[$"{Contrib}:QLinearAdd"];
        rules[$"{Contrib}:QLinearGlobalAveragePool"] = LayerRules.GlobalPool;
        rules[$"{Contrib}:QLinearAveragePool"] = LayerRules.Pool;
        rules[$"{Contrib}:FusedConv"] = LayerRules.Convolution;
        return rules;
    }
}
