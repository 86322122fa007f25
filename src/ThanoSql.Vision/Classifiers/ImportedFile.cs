namespace ThanoSql.Vision.Classifiers;

/// <summary>Bytes that somebody uploaded → an ONNX model that stands for itself, or what the file is instead and what to do.</summary>
internal static class ImportedFile
{
    // ReduceMax, Max and Softmax of older ones mean other things
    private const int OldestOperatorSet = 8;

    /// <exception cref="ModelFileException">It is no such model.</exception>
    public static ModelProto Parse(byte[] file, string source)
    {
        if (OtherKind(file) is { } kind)
            throw new ModelFileException($"{source} is {kind}");
        var model = Read(file, source);
        if (Tensors(model).Any(t => t.DataLocation == TensorProto.Types.DataLocation.External || t.ExternalData.Count > 0))
        {
            throw new ModelFileException(
                $"{source} keeps weights in other files (external data). "
                + "Put them into the one file in Python: onnx.save(onnx.load('model.onnx'), 'whole.onnx').");
        }
        return model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx") is { Version: < OldestOperatorSet } old
            ? throw new ModelFileException(
                $"{source} is written for ONNX operator set {old.Version}, {OldestOperatorSet} is the oldest that is taken. "
                + "Export it again, or convert it in Python: onnx.version_converter.convert_version(model, 17).")
            : model;
    }

    private static string? OtherKind(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
            return "empty.";
        if (file.StartsWith("PK\u0003\u0004"u8) || file is [0x80, >= 2 and <= 5, ..])
        {
            return "no ONNX file but looks like one of PyTorch (a pickle or an archive), which would run code of its own on loading. "
                + ClassifierImport.HowToExport;
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F']))
            return "no ONNX file but HDF5, as Keras writes it. Export it to ONNX: python -m tf2onnx.convert --keras model.h5 --output model.onnx.";
        if (file.Length > 8 && file[4..8].SequenceEqual("TFL3"u8))
            return "no ONNX file but one of TensorFlow Lite. Export it to ONNX: python -m tf2onnx.convert --tflite model.tflite --output model.onnx.";
        return null;
    }

    private static ModelProto Read(byte[] file, string source)
    {
        try
        {
            var model = ModelProto.Parser.ParseFrom(file);
            if (model.Graph is { Node.Count: > 0 } && model.OpsetImport.Count > 0)
                return model;
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ModelFileException($"{source} is no ONNX file, or damaged. {ClassifierImport.HowToExport}", e);
        }
        throw new ModelFileException($"{source} is no ONNX file, or damaged. {ClassifierImport.HowToExport}");
    }

    // A path in a file must never be followed: everything that may hold one is looked at.
    private static IEnumerable<TensorProto> Tensors(ModelProto model) =>
        Tensors(model.Graph).Concat(model.Functions.SelectMany(f => Tensors(f.Node)));

    private static IEnumerable<TensorProto> Tensors(GraphProto graph) =>
        graph.Initializer.Concat(graph.SparseInitializer.SelectMany(Tensors)).Concat(Tensors(graph.Node));

    private static IEnumerable<TensorProto> Tensors(IEnumerable<NodeProto> nodes) => nodes.SelectMany(n => n.Attribute).SelectMany(a =>
        a.Tensors.Append(a.T).OfType<TensorProto>()
            .Concat(a.SparseTensors.Append(a.SparseTensor).OfType<SparseTensorProto>().SelectMany(Tensors))
            .Concat(a.Graphs.Append(a.G).OfType<GraphProto>().SelectMany(Tensors)));

    private static IEnumerable<TensorProto> Tensors(SparseTensorProto sparse) => new[] { sparse.Values, sparse.Indices }.OfType<TensorProto>();
}
