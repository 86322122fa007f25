using ThanoSql.Vision.Classifiers.Shapes;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Classifiers;

/// <summary>
/// What a network of others may consist of, looked at before anything of it is loaded: one flat graph of known operators over numbers that lie in the
/// file itself. How much it takes to run is <see cref="ImportedShapes"/>' question.
/// </summary>
internal sealed class ImportGate
{
    /// <summary>Of the operators <c>ReduceMax</c>, <c>Max</c> and <c>Softmax</c>, older sets mean other things.</summary>
    public const int OldestOperatorSet = 8;

    /// <summary>What ONNX Runtime here knows for certain.</summary>
    public const int NewestOperatorSet = 24;

    public const int NewestIrVersion = 12;

    public const int MostNodes = 20_000;

    /// <summary>Values that a node reads or writes.</summary>
    public const int MostValuesOfNode = 1024;

    /// <summary>Characters of one metadata entry.</summary>
    public const int MostMetadata = 1 << 20;

    private const int MostAttributes = 64;

    private const int MostDimensions = 8;

    private readonly ModelProto _model;
    private readonly string _source;

    private ImportGate(ModelProto model, string source) => (_model, _source) = (model, source);

    /// <exception cref="ModelFileException">It has what is not taken; the message names the place and what to do.</exception>
    public static void Check(ModelProto model, string source) => new ImportGate(model, source).Check();

    /// <summary>For messages: which node, by all that helps to find it.</summary>
    public static string Place(NodeProto node, int index, int count)
    {
        var name = node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "";
        return $"node '{Short(name)}' ({Short(node.OpType)}, {index + 1} of {count})";
    }

    /// <summary>A name out of a file, for messages.</summary>
    public static string Short(string text) => text.Length <= 100 ? text : text[..100] + "…";

    private void Check()
    {
        var graph = _model.Graph;
        Versions();
        if (_model.Functions.Count > 0)
        {
            throw Refused(
                $"defines {_model.Functions.Count} functions of its own, the first '{Short(_model.Functions[0].Name)}'. Inline them in Python: "
                + "onnx.save(onnx.inliner.inline_local_functions(onnx.load('model.onnx')), 'inlined.onnx').");
        }
        if (_model.TrainingInfo.Count > 0)
            throw Refused("holds training information (training_info). Export it for inference alone: torch.onnx.export(model.eval(), …).");
        if (graph.SparseInitializer.FirstOrDefault() is { } sparse)
            throw Refused($"keeps weights as a sparse tensor ('{Short(sparse.Values?.Name ?? "")}'). Export them dense.");
        if (graph.Node.Count > MostNodes)
            throw Refused($"has {graph.Node.Count} nodes; {MostNodes} are the most. {ClassifierImport.HowToSimplify}");
        if (_model.MetadataProps.FirstOrDefault(p => p.Key.Length + p.Value.Length > MostMetadata) is { } entry)
            throw Refused($"has a metadata entry '{Short(entry.Key)}' of more than {MostMetadata >> 20} MB of text. Leave it out.");
        foreach (var tensor in graph.Initializer)
            Tensor(tensor, $"initialiser '{Short(tensor.Name)}'");
        for (var i = 0; i < graph.Node.Count; i++)
            Node(graph.Node[i], Place(graph.Node[i], i, graph.Node.Count));
    }

    private void Versions()
    {
        var own = _model.OpsetImport.Where(o => o.Domain is "" or "ai.onnx").ToList();
        if (own.Count != 1)
            throw Refused($"names {own.Count} versions of ONNX's operators (opset_import), and one is wanted. {ClassifierImport.HowToExport}");
        if (own[0].Version < OldestOperatorSet)
        {
            throw Refused(
                $"is written for ONNX operator set {own[0].Version}, {OldestOperatorSet} is the oldest that is taken. "
                + "Export it again, or convert it in Python: onnx.version_converter.convert_version(model, 17).");
        }
        if (own[0].Version > NewestOperatorSet || _model.IrVersion > NewestIrVersion)
        {
            throw Refused(
                $"is written for a newer ONNX than is known here (operator set {own[0].Version}, IR version {_model.IrVersion}; the newest are "
                + $"{NewestOperatorSet} and {NewestIrVersion}). Export it for an older one, for example opset_version=17.");
        }
    }

    private void Node(NodeProto node, string place)
    {
        if (AllowedOperators.WhyNot(node) is { } why)
            throw Refused($"has in {place} {why}");
        if (node.Input.Count + node.Output.Count > MostValuesOfNode)
            throw Refused($"has in {place} more than {MostValuesOfNode} inputs and outputs. {ClassifierImport.HowToSimplify}");
        if (node.Attribute.Count > MostAttributes || node.Attribute.DistinctBy(a => a.Name).Count() < node.Attribute.Count)
            throw Refused($"is damaged: {place} has more than {MostAttributes} attributes, or one twice.");
        foreach (var attribute in node.Attribute)
            Attribute(attribute, place);
    }

    private void Attribute(AttributeProto attribute, string place)
    {
        var name = $"{place}, attribute '{Short(attribute.Name)}'";
        if (attribute.G is not null || attribute.Graphs.Count > 0)
            throw Refused($"has a graph inside {name}, and control flow is not taken. {ClassifierImport.HowToSimplify}");
        if (attribute.RefAttrName.Length > 0)
            throw Refused($"has in {name} a reference to a function's attribute. {ClassifierImport.HowToSimplify}");
        if (attribute.SparseTensor is not null || attribute.SparseTensors.Count > 0)
            throw Refused($"has in {name} a sparse tensor. Export it dense.");
        foreach (var tensor in attribute.Tensors.Append(attribute.T).OfType<TensorProto>())
            Tensor(tensor, name);
        // It is read by what it holds here, and by its type in ONNX Runtime: both must be the same
        if ((attribute.Ints.Count > 0 && attribute.Type != AttributeProto.Types.AttributeType.Ints)
            || (attribute.Floats.Count > 0 && attribute.Type != AttributeProto.Types.AttributeType.Floats)
            || (attribute.T is not null && attribute.Type != AttributeProto.Types.AttributeType.Tensor)
            || (attribute.HasI && attribute.Type != AttributeProto.Types.AttributeType.Int))
        {
            throw Refused($"is damaged: {name} is not of the type that it names.");
        }
    }

    // Its numbers are all there, and no more room is taken than they fill
    private void Tensor(TensorProto tensor, string place)
    {
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External || tensor.ExternalData.Count > 0)
        {
            throw Refused(
                $"keeps weights in other files (external data): {place}. "
                + "Put them into the one file in Python: onnx.save(onnx.load('model.onnx'), 'whole.onnx').");
        }
        if (tensor.Segment is not null || TensorNumbers.BitsOf((DataType)tensor.DataType) is not { } bits)
            throw Refused($"has in {place} a tensor of type {(DataType)tensor.DataType}, and numbers are wanted.");
        var count = tensor.Dims.Count > MostDimensions || tensor.Dims.Any(d => d < 0) ? null : ImportedShapes.Count([.. tensor.Dims]);
        if (count is null || count != TensorNumbers.CountOf(tensor, bits))
            throw Refused($"is damaged: {place} does not hold as many numbers as its shape [{string.Join(", ", tensor.Dims.Take(9))}] says.");
    }

    private ModelFileException Refused(string why) => new($"{_source} {why}");
}

/// <summary>The numbers that lie in a tensor.</summary>
internal static class TensorNumbers
{
    /// <returns>Null for what is no number.</returns>
    public static int? BitsOf(DataType type) => type switch
    {
        DataType.Bool or DataType.Int8 or DataType.Uint8 => 8,
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 16,
        DataType.Float or DataType.Int32 or DataType.Uint32 => 32,
        DataType.Double or DataType.Int64 or DataType.Uint64 => 64,
        _ => null,
    };

    public static long CountOf(TensorProto tensor, int bits)
    {
        if (tensor.HasRawData)
            return tensor.RawData.Length % (bits / 8) == 0 ? tensor.RawData.Length / (bits / 8) : -1;
        return (DataType)tensor.DataType switch
        {
            DataType.Float => tensor.FloatData.Count,
            DataType.Double => tensor.DoubleData.Count,
            DataType.Int64 => tensor.Int64Data.Count,
            DataType.Uint64 or DataType.Uint32 => tensor.Uint64Data.Count,
            _ => tensor.Int32Data.Count,
        };
    }

    /// <summary>A few numbers, as they decide over shapes; null when they are more than <paramref name="most"/>, or of a rare type.</summary>
    public static double[]? Read(TensorProto tensor, int most)
    {
        if (BitsOf((DataType)tensor.DataType) is not { } bits || CountOf(tensor, bits) is var count && (count < 0 || count > most))
            return null;
        var raw = tensor.HasRawData ? tensor.RawData.Span : default;
        return (DataType)tensor.DataType switch
        {
            DataType.Int64 => tensor.HasRawData ? Widen<long>(raw) : [.. tensor.Int64Data],
            DataType.Int32 => tensor.HasRawData ? Widen<int>(raw) : [.. tensor.Int32Data],
            DataType.Float => tensor.HasRawData ? Widen<float>(raw) : [.. tensor.FloatData],
            DataType.Double => tensor.HasRawData ? Widen<double>(raw) : [.. tensor.DoubleData],
            DataType.Bool or DataType.Uint8 => tensor.HasRawData ? Widen<byte>(raw) : [.. tensor.Int32Data],
            _ => null,
        };
    }

    private static double[] Widen<T>(ReadOnlySpan<byte> raw)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(raw);
        var wide = new double[values.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = double.CreateSaturating(values[i]);
        return wide;
    }
}
