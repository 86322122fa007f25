namespace ThanoSql.Vision.Trunks;

/// <summary>
/// An imported classifier, as <see cref="Classifiers.ClassifierImport"/> wrote it: <c>image</c> [N, 3, S, S], prepared as for every trunk,
/// → <c>embedding</c> [N, K], the logarithm of each label's probability over the best label's. The identity is its head, so all that works on
/// embeddings works on it.
/// </summary>
public sealed class ClassifierTrunk : Trunk
{
    /// <summary>What <c>LIST MODEL</c> says of such models.</summary>
    public const string Algorithm = "User_ONNX";

    internal const string ShortName = "onnx";

    private readonly byte[] _file;
    private readonly int _side;

    private ClassifierTrunk(byte[] file, IReadOnlyList<long> image, IReadOnlyList<long> embedding)
    {
        _file = file;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
        _side = (int)image[3];
        EmbeddingSize = (int)embedding[1];
        Batch = image[0] == 1 ? 1 : -1;
    }

    public override string Sha256 { get; }

    public override string Variant => ShortName;

    public override string AlgorithmName => Algorithm;

    public override int EmbeddingSize { get; }

    internal override int Batch { get; }

    /// <exception cref="TrunkException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static new ClassifierTrunk Open(string path) => Parse(File.ReadAllBytes(path), path);

    /// <exception cref="TrunkException">The bytes are damaged.</exception>
    public static ClassifierTrunk Parse(byte[] file, string source)
    {
        try
        {
            var graph = ModelProto.Parser.ParseFrom(file).Graph;
            return new ClassifierTrunk(file, Shape(graph.Input.Single()), Shape(graph.Output.Single()));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            throw new TrunkException($"{source} is damaged: upload the model again.", e);
        }
    }

    public override byte[] ToOnnx(Preprocessing preprocessing)
    {
        Check(preprocessing);
        return _file;
    }

    internal override (GraphBuilder Graph, string Embedding) Begin(string name, Preprocessing preprocessing)
    {
        Check(preprocessing);
        var model = ModelProto.Parser.ParseFrom(_file);
        model.Graph.Name = name;
        var graph = new GraphBuilder(model);
        graph.ClearOutputs();
        return (graph, ConvNeXtGraph.OutputName);
    }

    private void Check(Preprocessing preprocessing)
    {
        if (preprocessing.InputSize != _side)
            throw new TrunkException($"This classifier takes pictures of {_side} x {_side} pixels, not of {preprocessing.InputSize}.");
    }

    private static List<long> Shape(ValueInfoProto value) => [.. value.Type.TensorType.Shape.Dim.Select(d => d.DimValue)];
}
