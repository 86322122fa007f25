namespace ThanoSql.Vision.Classifiers;

/// <summary>Bytes that somebody uploaded → an ONNX model that stands for itself, or what the file is instead and what to do.</summary>
internal static class ImportedFile
{
    /// <exception cref="ModelFileException">It is no such model.</exception>
    public static ModelProto Parse(byte[] file, string source)
    {
        if (OtherKind(file) is { } kind)
            throw new ModelFileException($"{source} is {kind}");
        var model = Read(file, source);
        ImportGate.Check(model, source);
        return model;
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

    // What this schema does not know is dropped: nothing may ride along that nobody looked at
    private static ModelProto Read(byte[] file, string source)
    {
        try
        {
            WireScan.Check(file, source);
            var model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(file);
            if (model.Graph is { Node.Count: > 0 } && model.OpsetImport.Count > 0)
                return model;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException)
        {
            throw new ModelFileException($"{source} is no ONNX file, or damaged. {ClassifierImport.HowToExport}", e);
        }
        throw new ModelFileException($"{source} is no ONNX file, or damaged. {ClassifierImport.HowToExport}");
    }
}
