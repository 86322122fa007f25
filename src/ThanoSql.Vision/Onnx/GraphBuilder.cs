namespace ThanoSql.Vision.Onnx;

/// <summary>
/// Writes an ONNX graph node by node. A new one has operator set 17 and IR version 8, unless it asks for more: LayerNormalization is in it, and every
/// runtime since 2022 reads it.
/// </summary>
internal sealed class GraphBuilder
{
    private const int OperatorSet = 17;
    private const int IrVersion = 8;

    private readonly ModelProto _model;
    private readonly GraphProto _graph;

    public GraphBuilder(string name, int operatorSet = OperatorSet, int irVersion = IrVersion)
        : this(new ModelProto
        {
            IrVersion = irVersion,
            ProducerName = "thanosql",
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = operatorSet } },
            Graph = new GraphProto { Name = name },
        })
    {
    }

    /// <summary>Goes on with a model that is there already, in its own operator set; it is changed.</summary>
    public GraphBuilder(ModelProto model) => (_model, _graph) = (model, model.Graph);

    /// <summary>Adds a float32 input; a dimension of -1 is the free batch dimension N.</summary>
    public string Input(string name, params ReadOnlySpan<long> shape)
    {
        _graph.Input.Add(Describe(name, shape));
        return name;
    }

    /// <summary>Adds an input of bytes; a dimension of -1 is the free batch dimension N.</summary>
    public string Bytes(string name, params ReadOnlySpan<long> shape)
    {
        _graph.Input.Add(Describe(name, shape, TensorProto.Types.DataType.Uint8));
        return name;
    }

    /// <summary>Declares a value as float32 output.</summary>
    public void Output(string name, params ReadOnlySpan<long> shape) => _graph.Output.Add(Describe(name, shape));

    /// <summary>Declares a value as float32 output whose shape is seen when it runs.</summary>
    public void OutputOfAnyShape(string name) =>
        _graph.Output.Add(
            new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float } } });

    /// <summary>No value is an output any more.</summary>
    public void ClearOutputs() => _graph.Output.Clear();

    /// <summary>Adds another graph's nodes and weights; their names must differ from those here.</summary>
    public void Include(GraphProto other)
    {
        _graph.Node.Add(other.Node);
        _graph.Initializer.Add(other.Initializer);
    }

    /// <summary>Adds weights; returns their name.</summary>
    public string Weights(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Weights(name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), shape);

    /// <summary>Adds weights, rounded to float16; returns their name.</summary>
    public string Halves(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return Weights(name, TensorProto.Types.DataType.Float16, MemoryMarshal.AsBytes<Half>(halves), shape);
    }

    /// <summary>Adds a node with one output; the output is named after the node.</summary>
    public string Node(string name, string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Name = name, OpType = operation };
        foreach (var input in inputs)
            node.Input.Add(input);
        node.Output.Add(name);
        foreach (var attribute in attributes)
            node.Attribute.Add(attribute);
        _graph.Node.Add(node);
        return name;
    }

    /// <summary>Adds a node with several outputs.</summary>
    public void Node(string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Name = outputs[0], OpType = operation };
        foreach (var input in inputs)
            node.Input.Add(input);
        foreach (var output in outputs)
            node.Output.Add(output);
        foreach (var attribute in attributes)
            node.Attribute.Add(attribute);
        _graph.Node.Add(node);
    }

    /// <summary>Adds an int64 vector, for shapes and axes; returns its name.</summary>
    public string Integers(string name, params ReadOnlySpan<long> values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        foreach (var value in values)
            tensor.Int64Data.Add(value);
        _graph.Initializer.Add(tensor);
        return name;
    }

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Attribute(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (var value in values)
            attribute.Ints.Add(value);
        return attribute;
    }

    /// <summary>The whole model; metadata goes to <c>metadata_props</c>.</summary>
    public ModelProto ToModel(IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        foreach (var (key, value) in metadata ?? [])
            _model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return _model;
    }

    private string Weights(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> values, ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(values) };
        foreach (var dimension in shape)
            tensor.Dims.Add(dimension);
        _graph.Initializer.Add(tensor);
        return name;
    }

    private static ValueInfoProto Describe(
        string name, ReadOnlySpan<long> shape, TensorProto.Types.DataType values = TensorProto.Types.DataType.Float)
    {
        var dimensions = new TensorShapeProto();
        foreach (var dimension in shape)
        {
            dimensions.Dim.Add(dimension < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = "N" }
                : new TensorShapeProto.Types.Dimension { DimValue = dimension });
        }
        var type = new TypeProto.Types.Tensor { ElemType = (int)values, Shape = dimensions };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
