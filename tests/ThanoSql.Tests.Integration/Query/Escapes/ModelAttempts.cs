using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Onnx;
using ThanoSql.Vision.Onnx.Schema;
using static ThanoSql.Vision.Onnx.GraphBuilder;
using AttributeType = ThanoSql.Vision.Onnx.Schema.AttributeProto.Types.AttributeType;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>A model that means harm.</summary>
/// <param name="Name">What it tries.</param>
/// <param name="File">Its bytes.</param>
/// <param name="Says">Words that the refusal must hold.</param>
internal sealed record ModelAttempt(string Name, byte[] File, params string[] Says)
{
    public string Options { get; init; } = "labels=['a', 'b', 'c', 'd'], overwrite=True";

    public string Extension { get; init; } = "onnx";
}

internal static class ModelAttempts
{
    public static IEnumerable<ModelAttempt> All => [.. Content, .. Operators, .. Sizes, .. OtherFormats, .. Ours, .. Labels];

    private static IEnumerable<ModelAttempt> Content =>
    [
        Changed("weights in /etc/passwd", m => External(m.Graph.Initializer[0], "/etc/passwd"), "external data", "first.weight"),
        Changed("weights beside the file", m => External(m.Graph.Initializer[0], "../outside/secret.csv"), "external data"),
        Changed("weights without a place", m => m.Graph.Initializer[0].ExternalData.Add(
            new StringStringEntryProto { Key = "location", Value = "x" }), "external data"),
        Changed("external data in an attribute", m => m.Graph.Node[0].Attribute.Add(
            new AttributeProto { Name = "t", Type = AttributeType.Tensor, T = External(new TensorProto { DataType = 1, Dims = { 1 } },
                "/proc/self/environ") }), "external data"),
        Changed("external data in a list", m => m.Graph.Node[0].Attribute.Add(
            new AttributeProto { Name = "t", Type = AttributeType.Tensors,
                Tensors = { External(new TensorProto { DataType = 1, Dims = { 1 } }, "/etc/shadow") } }), "external data"),
        Changed("sparse weights", m => m.Graph.SparseInitializer.Add(
            new SparseTensorProto { Values = External(new TensorProto { Name = "s" }, "/etc/passwd"), Dims = { 1 } }), "sparse"),
        Changed("sparse attribute", m => m.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "v", SparseTensor = new SparseTensorProto() }),
            "sparse"),
        Changed("training information", m => m.TrainingInfo.Add(new TrainingInfoProto { Initialization = new GraphProto() }), "training_info"),
        Changed("a function with external data", m => m.Functions.Add(new FunctionProto
        {
            Name = "f",
            Domain = "own",
            Node = { new NodeProto { OpType = "Constant",
                Attribute = { new AttributeProto { Name = "t", Type = AttributeType.Tensor, T = External(new TensorProto(), "/etc/shadow") } } } },
        }), "functions of its own"),
        Changed("nested functions", Nest, "functions of its own"),
        Changed("a reference to an attribute", m => m.Graph.Node[0].Attribute.Add(
            new AttributeProto { Name = "r", RefAttrName = "x", Type = AttributeType.Int }), "reference"),
        Changed("an attribute twice", m => m.Graph.Node[0].Attribute.Add(m.Graph.Node[0].Attribute[0].Clone()), "twice"),
        Changed("an attribute of another type", m => m.Graph.Node[0].Attribute[0].Type = AttributeType.String, "type"),
        Changed("no operator set", m => m.OpsetImport.Clear(), "ONNX"),
        Changed("two operator sets", m => m.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 1 }), "opset"),
        Changed("an operator set of the future", m => m.OpsetImport[0].Version = 9999, "newer"),
        Changed("an IR version of the future", m => m.IrVersion = long.MaxValue, "newer"),
        Changed("a huge metadata entry", m => m.MetadataProps.Add(new StringStringEntryProto { Key = "x", Value = new string('x', 2 << 20) }),
            "metadata"),
        Changed("a value that nobody gives", m => m.Graph.Node[0].Input[0] = "nobody", "nobody"),
        Changed("a value twice", m => m.Graph.Node[1].Output[0] = m.Graph.Node[0].Output[0], "second time"),
        Changed("no graph", m => m.Graph = null, "ONNX"),
        Changed("no input", m => m.Graph.Input.Clear(), "input"),
        Changed("no output", m => m.Graph.Output.Clear(), "output"),
    ];

    private static IEnumerable<ModelAttempt> Operators =>
    [
        Flow("If", "then_branch"), Flow("Loop", "body"), Flow("Scan", "body"), Flow("SequenceMap", "body"),
        Changed("a graph in a harmless node", m => m.Graph.Node[1].Attribute.Add(
            new AttributeProto { Name = "g", Type = AttributeType.Graph, G = new GraphProto { Name = "inner" } }), "attribute 'g'"),
        Operator("TreeEnsembleClassifier", "ai.onnx.ml", "tree ensemble"), Operator("TreeEnsembleRegressor", "ai.onnx.ml", "tree ensemble"),
        Operator("TreeEnsemble", "ai.onnx.ml", "tree ensemble"), Operator("SVMClassifier", "ai.onnx.ml", "ai.onnx.ml"), Operator("Relu", "my.own",
            "my.own"),
        Operator("Inverse", "com.microsoft", "not taken"), Operator("NonMaxSuppression", "", "not taken"), Operator("StringNormalizer", "",
            "not taken"),
        Operator("RandomNormal", "", "not taken"), Operator("SequenceConstruct", "", "not taken"), Operator("EyeLike", "", "positive"),
        Operator(new string('R', 100_000), "", "positive"), Operator("Relu\0", "", "positive"),
        Operator($"{new string('R', 99)}😀😀", "", "positive"), Operator("Relu'; DROP TABLE products; --", "", "not taken"),
        Changed("a tree 100,000 deep", m =>
        {
            var tree = new NodeProto { OpType = "TreeEnsembleClassifier", Domain = "ai.onnx.ml", Input = { "embedding" }, Output = { "l", "s" } };
            var ids = new AttributeProto { Name = "nodes_truenodeids", Type = AttributeType.Ints };
            ids.Ints.AddRange(Enumerable.Range(1, 100_000).Select(i => (long)i));
            tree.Attribute.Add(ids);
            m.Graph.Node.Add(tree);
        }, "tree ensemble"),
    ];

    private static IEnumerable<ModelAttempt> Sizes =>
    [
        Network("a huge ConstantOfShape", g => g.Node("big", "ConstantOfShape", [g.Integers("s", 1, 3, 65536, 65536)]), "'big'"),
        Network("a negative ConstantOfShape", g => g.Node("big", "ConstantOfShape", [g.Integers("s", -1, -1)]), "big"),
        Network("an overflowing ConstantOfShape", g => g.Node("big", "ConstantOfShape", [g.Integers("s", 1L << 62, 4)]), "big"),
        Network("a huge Expand", g => g.Node("big", "Expand", ["image", g.Integers("s", 65536, 3, 32, 32)]), "'big'"),
        Network("a huge Tile", g => g.Node("big", "Tile", ["image", g.Integers("s", 1, 1, 200, 200)]), "'big'"),
        Network("a huge Resize", g => g.Node("big", "Resize", ["image", "", g.Weights("s", [1, 1, 200, 200], 4)]), "'big'"),
        Network("a huge Pad", g => g.Node("big", "Pad", ["image", g.Integers("s", 0, 0, 9999, 9999, 0, 0, 9999, 9999)]), "'big'"),
        Network("a size that the picture decides", g =>
        {
            var largest = g.Node("largest", "ArgMax", [g.Node("flat", "Flatten", ["image"])], Attribute("axis", 1L));
            return g.Node("big", "ConstantOfShape", [g.Node("shape", "Reshape", [largest, g.Integers("one", 1)])]);
        }, "big"),
        Network("a chain of 10,001 nodes", g =>
        {
            var x = "image";
            for (var i = 0; i < 10_001; i++)
                x = g.Node($"n{i}", "Relu", [x]);
            return x;
        }, "one after another"),
        Network("20,001 nodes", g =>
        {
            for (var i = 0; i < 20_000; i++)
                g.Node($"n{i}", "Relu", ["image"]);
            return "n0";
        }, "are the most"),
        Changed("a tensor of a terabyte", m => m.Graph.Initializer[0].Dims[0] = 1L << 40, "as many numbers"),
        Changed("a tensor of less than nothing", m => m.Graph.Initializer[0].Dims[0] = -1, "as many numbers"),
        Changed("a tensor of texts", m => m.Graph.Initializer[0].DataType = (int)DataType.String, "numbers are wanted"),
        Changed("a tensor of nine dimensions", m => m.Graph.Initializer[0].Dims.AddRange([1, 1, 1, 1, 1, 1, 1, 1, 1]), "as many numbers"),
        new("1.5 million empty nodes", Field(7, [.. Enumerable.Range(0, 1_500_000).SelectMany(_ => new byte[] { 0x0A, 0 })]), "parts"),
        new("graphs in graphs", Field(7, Enumerable.Range(0, 40).Aggregate(Array.Empty<byte>(), (inner, _) => Field(1, Field(5, Field(6, inner))))),
            "deep"),
    ];

    private static IEnumerable<ModelAttempt> OtherFormats =>
    [
        new("an empty file", [], ""), new("noise", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7919 >> 3))], "ONNX"),
        new("a pickle", Encoding.Latin1.GetBytes("cos\nsystem\n(S'touch /tmp/thanosql-escaped'\ntR."), "ONNX"),
        new("a pickle of protocol 2", [0x80, 2, .. Encoding.Latin1.GetBytes("cposix\nsystem\nX\u0005\0\0\0touchq\0\u0085R.")], "ONNX"),
        new("a PyTorch archive", Zip("archive/data.pkl", "cos\nsystem\n(S'touch /tmp/thanosql-escaped'\ntR."), "PyTorch") { Extension = "pt" },
        new("a PyTorch archive by option", Zip("archive/data.pkl", "x"), "pytorch") { Extension = "pt",
            Options = "framework='pytorch', overwrite=True" },
        new("a zip with a path out of it", Zip("../../../tmp/thanosql-escaped", "x"), ""),
        new("safetensors", [8, 0, 0, 0, 0, 0, 0, 0, .. "{\"a\":{}}"u8], "") { Extension = "safetensors" },
        new("safetensors with a header of 2^63 bytes", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, .. "{}"u8], "") { Extension = "safetensors" },
        new("a picture", TestPictures.GradientPng(), "ONNX"), new("HDF5", [0x89, .. "HDF\r\n\u001a\n"u8], "ONNX") { Extension = "h5" },
        new("half a model", new TestClassifier().ToBytes()[..400], ""),
        new("a length beyond the file", [0x3A, 0xff, 0xff, 0xff, 0xff, 0x07], ""),
        new("endless varints", [.. Enumerable.Repeat((byte)0xff, 1000)], ""),
    ];

    // Files that say they are this product's.
    private static IEnumerable<ModelAttempt> Ours =>
    [
        Own("no more than the key"), Own("labels that are none", ("thanosql.labels", "{}")), Own("labels of null",
            ("thanosql.labels", "[null, null]")),
        Own("labels of one name", ("thanosql.labels", "[\"a\", \"a\"]")), Own("deep labels", ("thanosql.labels", new string('[', 10_000))),
        Own("no labels", ("thanosql.labels", "null")), Own("a version of text", ("thanosql.version", "one")), Own("a huge version",
            ("thanosql.version", "99999999999")),
        Own("thresholds of none", ("thanosql.thresholds", "[]")), Own("wild thresholds", ("thanosql.thresholds", "[1e999, -5]")),
        Own("a trunk of another kind", ("thanosql.trunk", "../../etc/passwd")), Own("an empty trunk", ("thanosql.trunk", "")),
        Own("a trunk with NUL", ("thanosql.trunk", "convnext\0")), Own("a label with NUL", ("thanosql.labels", "[\"a\\u0000\", \"b\"]")),
        Own("a label that is no text", ("thanosql.labels", "[\"\\ud800\", \"b\"]")),
    ];

    private static IEnumerable<ModelAttempt> Labels =>
    [
        Named("too long a label", $"'{new string('a', 501)}', 'b', 'c', 'd'", "500"), Named("a label of long letters",
            $"'{new string('가', 200)}', 'b', 'c', 'd'", "500"),
        Named("labels twice", "'a', 'a', 'b', 'c'", "a"), Named("too few labels", "'a', 'b'", "4"), Named("an empty label", "'', 'a', 'b', 'c'", ""),
        InFile("too long", "labels", $"[\"{new string('x', 501)}\",\"b\",\"c\",\"d\"]", "500"), InFile("NUL", "labels",
            "[\"a\\u0000\",\"b\",\"c\",\"d\"]", "control"),
        InFile("depth", "names", new string('[', 50_000), "label"),
        InFile("a null", "labels", "[null,\"b\",\"c\",\"d\"]", ""), InFile("a null map", "id2label",
            "{\"0\":null,\"1\":\"b\",\"2\":\"c\",\"3\":\"d\"}", ""),
        InFile("a million digits", "names", $"[{new string('1', 900_000)}", "label"), InFile("open quotes", "names",
            $"[{string.Concat(Enumerable.Repeat("\\'", 400_000))}", "label"),
        InFile("open double quotes", "names", $"{{{string.Concat(Enumerable.Repeat("\\\"", 400_000))}", "label"),
    ];

    private static ModelAttempt Changed(string name, Action<ModelProto> change, params string[] says)
    {
        var model = ModelProto.Parser.ParseFrom(new TestClassifier().ToBytes());
        change(model);
        return new ModelAttempt(name, model.ToByteArray(), says);
    }

    private static ModelAttempt Flow(string operation, string attribute) => Changed($"control flow: {operation}", m => m.Graph.Node.Add(new NodeProto
    {
        OpType = operation,
        Name = "turn",
        Output = { "end" },
        Attribute = { new AttributeProto { Name = attribute, Type = AttributeType.Graph, G = new GraphProto { Name = "b" } } },
    }), "turn", "control flow");

    private static ModelAttempt Operator(string operation, string domain, string says) =>
        Changed($"operator {(operation.Length > 50 ? "with a long name" : operation)}", m => (m.Graph.Node[1].OpType, m.Graph.Node[1].Domain) = (
            operation, domain), says);

    private static ModelAttempt Network(string name, Func<GraphBuilder, string> end, params string[] says)
    {
        var graph = new GraphBuilder("network");
        graph.Input("image", -1, 3, 32, 32);
        graph.OutputOfAnyShape(graph.Node("end", "Identity", [end(graph)]));
        return new ModelAttempt(name, graph.ToModel().ToByteArray(), says);
    }

    private static ModelAttempt Own(string name, params (string Key, string Value)[] entries)
    {
        var metadata = new Dictionary<string, string> { ["thanosql.trunk"] = "garbage" };
        if (entries.Length > 0)
        {
            (metadata["thanosql.model"], metadata["thanosql.version"]) = ("m", "1");
            (metadata["thanosql.labels"], metadata["thanosql.thresholds"]) = ("[\"a\", \"b\"]", "[0, 0]");
        }
        foreach (var (key, value) in entries)
            metadata[key] = value;
        return new ModelAttempt($"ours with {name}", new TestClassifier { Metadata = metadata }.ToBytes(), "ThanoSQL") { Options = "overwrite=True" };
    }

    private static ModelAttempt InFile(string what, string key, string labels, string says) => new(
        $"labels in the file: {what}", new TestClassifier { Metadata = new Dictionary<string, string> { [key] = labels } }.ToBytes(),
            says)
    { Options = "overwrite=True" };

    private static ModelAttempt Named(string name, string labels, string says) =>
        new(name, new TestClassifier().ToBytes(), says) { Options = $"labels=[{labels}], overwrite=True" };

    private static void Nest(ModelProto model)
    {
        for (var level = 0; level < 18; level++)
        {
            var function = new FunctionProto { Name = $"f{level}", Domain = "own", Input = { "x" }, Output = { "z" } };
            function.Node.Add(new NodeProto { OpType = $"f{level + 1}", Domain = "own", Input = { "x" }, Output = { "y" } });
            function.Node.Add(new NodeProto { OpType = $"f{level + 1}", Domain = "own", Input = { "y" }, Output = { "z" } });
            model.Functions.Add(function);
        }
    }

    private static TensorProto External(TensorProto tensor, string place)
    {
        tensor.ClearRawData();
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = place });
        return tensor;
    }

    private static byte[] Field(int number, byte[] content)
    {
        var bytes = new byte[1 + CodedOutputStream.ComputeLengthSize(content.Length) + content.Length];
        using var output = new CodedOutputStream(bytes);
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content));
        output.Flush();
        return bytes;
    }

    private static byte[] Zip(string name, string content)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = archive.CreateEntry(name).Open())
            entry.Write(Encoding.Latin1.GetBytes(content));
        return file.ToArray();
    }
}
