namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>A node with the sizes of its inputs: what a shape rule reads.</summary>
internal sealed class NodeShapes(NodeProto node, Sized?[] inputs)
{
    public int OutputCount => node.Output.Count;

    public IReadOnlyList<Sized?> Inputs => inputs;

    public string Operator => node.OpType;

    /// <summary>A required input.</summary>
    /// <exception cref="ArgumentException">It is left out.</exception>
    public Sized this[int index] => Optional(index) ?? throw new ArgumentException($"Input {index} is missing.");

    public Sized? Optional(int index) => index < inputs.Length ? inputs[index] : null;

    public bool Has(string attribute) => Find(attribute) is not null;

    public long Integer(string attribute, long otherwise) => Find(attribute)?.I ?? otherwise;

    public string Text(string attribute, string otherwise) => Find(attribute)?.S.ToStringUtf8() ?? otherwise;

    public long[]? Integers(string attribute) => Find(attribute) is { } found ? [.. found.Ints] : null;

    public double[]? Floats(string attribute) => Find(attribute) is { } found ? [.. found.Floats.Select(f => (double)f)] : null;

    public Sized? Tensor(string attribute) => Find(attribute)?.T is { } tensor ? Sized.Of(tensor) : null;

    /// <summary>What older operator sets have as attribute and newer ones as input.</summary>
    public long[]? Integers(string attribute, int input) => Integers(attribute) ?? Optional(input)?.Integers;

    private AttributeProto? Find(string name) => node.Attribute.FirstOrDefault(a => a.Name == name);
}

/// <summary>The sizes of a node's outputs.</summary>
internal delegate IReadOnlyList<Sized> ShapeRule(NodeShapes node);
