using static ThanoSql.Vision.Onnx.GraphBuilder;

namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>
/// Writes a graph of forward and backward operations. Values are matrices [rows, channels], the rows of a picture in row-major order;
/// parameters are inputs, their gradients outputs.
/// </summary>
internal sealed class TrainingGraph(string name)
{
    private readonly GraphBuilder _graph = new(name);
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
    private readonly List<GraphParameter> _parameters = [];
    private int _count;

    public IReadOnlyList<GraphParameter> Parameters => _parameters;

    /// <summary>Where parameters that are declared now have their values: they are constants, and need no gradient. Null: they learn.</summary>
    public SafeTensors? Frozen { get; set; }

    /// <summary>Blocks before what is declared now.</summary>
    public int Depth { get; set; }

    public static string GradientOf(string parameter) => parameter + ".gradient";

    public string Input(string name, params ReadOnlySpan<long> shape) => _graph.Input(name, shape);

    /// <summary>Declares a parameter; returns its name.</summary>
    public string Parameter(string name, params ReadOnlySpan<int> shape)
    {
        if (Frozen is { } weights)
            return _graph.Weights(name, weights.Read(name, shape), Long(shape));
        _parameters.Add(new GraphParameter(name, shape.ToArray()) { Depth = Depth });
        return _graph.Input(name, Long(shape));
    }

    /// <summary>Gives a parameter its gradient, of the parameter's own shape or the same number of values.</summary>
    public void Gradient(string parameter, string value)
    {
        var shape = Long(_parameters.Single(p => p.Name == parameter).Shape);
        _graph.Node(GradientOf(parameter), "Reshape", [value, Integers(shape)]);
        _graph.Output(GradientOf(parameter), shape);
    }

    public void Output(string name, string value, params ReadOnlySpan<long> shape)
    {
        _graph.Node(name, "Identity", [value]);
        _graph.Output(name, shape);
    }

    public string Operation(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        _graph.Node(Unique(operation), operation, inputs, attributes);

    /// <summary>An operation with several outputs.</summary>
    public string[] Operations(string operation, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => Unique(operation))];
        _graph.Node(operation, inputs, names, attributes);
        return names;
    }

    public string Add(string a, string b) => Operation("Add", [a, b]);

    public string Subtract(string a, string b) => Operation("Sub", [a, b]);

    public string Multiply(string a, string b) => Operation("Mul", [a, b]);

    public string MatMul(string a, string b) => Operation("MatMul", [a, b]);

    /// <summary>A x B + bias, either matrix transposed on the way.</summary>
    public string Gemm(string a, string b, string? bias = null, bool transposeA = false, bool transposeB = false) =>
        Operation("Gemm", bias is null ? [a, b] : [a, b, bias], Attribute("transA", transposeA ? 1L : 0L), Attribute("transB", transposeB ? 1L : 0L));

    public string Transpose(string x, params ReadOnlySpan<long> order) => Operation("Transpose", [x], Attribute("perm", order));

    public string Reshape(string x, params ReadOnlySpan<long> shape) => Operation("Reshape", [x, Integers(shape)]);

    /// <summary>Sum over the rows of a matrix.</summary>
    public string SumRows(string x) => Operation("ReduceSum", [x, Integers(0)], Attribute("keepdims", 0L));

    /// <summary>Mean over one axis, which stays with length 1.</summary>
    public string Mean(string x, long axis) => Operation("ReduceMean", [x], Attribute("axes", [axis]), Attribute("keepdims", 1L));

    public string Scalar(float value) => Shared(value.ToString("R", CultureInfo.InvariantCulture), [value]);

    public string Weights(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) => _graph.Weights(Unique("constant"), values, shape);

    /// <summary>A constant that is written once for each key.</summary>
    public string Shared(string key, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        _constants.TryGetValue(key, out var known) ? known : _constants[key] = Weights(values, shape);

    /// <summary>A constant int64 vector; equal ones are written once.</summary>
    public string Integers(params ReadOnlySpan<long> values)
    {
        var key = "int " + string.Join(' ', values.ToArray());
        return _constants.TryGetValue(key, out var known) ? known : _constants[key] = _graph.Integers(Unique("shape"), values);
    }

    public byte[] ToBytes() => _graph.ToModel().ToByteArray();

    private static long[] Long(ReadOnlySpan<int> shape)
    {
        var dimensions = new long[shape.Length];
        for (var i = 0; i < shape.Length; i++)
            dimensions[i] = shape[i];
        return dimensions;
    }

    private string Unique(string operation) => string.Create(CultureInfo.InvariantCulture, $"{operation}_{_count++}");
}

/// <summary>A parameter of the graph, with timm's name and shape.</summary>
internal sealed record GraphParameter(string Name, int[] Shape)
{
    /// <summary>Blocks before it, the stem being 0.</summary>
    public int Depth { get; init; }

    public int Length => Shape.Aggregate(1, (a, b) => a * b);

    /// <summary>Of the classifier, not of the trunk.</summary>
    public bool IsClassifier => Name is SoftmaxLoss.Weight or SoftmaxLoss.Bias;

    /// <summary>Weight decay holds for it: for matrices and kernels, not for vectors.</summary>
    public bool Decays => Shape.Length > 1;
}
