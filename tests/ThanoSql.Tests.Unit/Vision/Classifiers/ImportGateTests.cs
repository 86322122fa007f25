using Google.Protobuf;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Classifiers;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Onnx;
using ThanoSql.Vision.Onnx.Schema;
using static ThanoSql.Vision.Onnx.GraphBuilder;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Tests.Unit.Vision.Classifiers;

/// <summary>What is refused before anything of a file is loaded.</summary>
public sealed class ImportGateTests
{
    private static readonly InferenceSessionFactory Sessions = new(new VisionOptions { Provider = VisionProvider.Cpu });
    private static readonly ImportOptions Options = new() { Labels = ["a", "b", "c", "d"] };

    [Fact]
    public void Weights_in_other_files_are_refused_wherever_they_hide()
    {
        Refuses(m => External(m.Graph.Initializer[0]), "external data", "first.weight");
        Refuses(m => m.Graph.Node[0].Attribute.Add(Tensor("t", External(new TensorProto { DataType = 1, Dims = { 1 } }))), "external data", "first");
        Refuses(
            m => m.Graph.Node[0].Attribute.Add(
                new AttributeProto
                {
                    Name = "all",
                    Type = AttributeProto.Types.AttributeType.Tensors,
                    Tensors = { External(new TensorProto { DataType = 1, Dims = { 1 } }) },
                }), "external data");
        Refuses(
            m => m.Graph.SparseInitializer.Add(new SparseTensorProto { Values = External(new TensorProto { Name = "s" }), Dims = { 1 } }), "sparse");
        Refuses(
            m => m.Graph.Node[0].Attribute.Add(
                new AttributeProto { Name = "v", SparseTensor = new SparseTensorProto { Values = External(new TensorProto()) } }), "sparse");
        Refuses(m => m.TrainingInfo.Add(new TrainingInfoProto { Initialization = new GraphProto() }), "training_info");
        Refuses(m => m.Functions.Add(new FunctionProto { Name = "f" }), "functions of its own, the first 'f'", "inline_local_functions");
    }

    [Theory]
    [InlineData("If", "then_branch")]
    [InlineData("Loop", "body")]
    [InlineData("Scan", "body")]
    [InlineData("SequenceMap", "body")]
    public void Control_flow_is_refused(string operation, string attribute) => Refuses(
        m =>
        {
            var body = new GraphProto { Node = { new NodeProto { OpType = "Identity", Input = { "scores" }, Output = { "x" } } } };
            m.Graph.Node.Add(
                new NodeProto
                {
                    OpType = operation,
                    Name = "turn",
                    Output = { "end" },
                    Attribute = { new AttributeProto { Name = attribute, Type = AttributeProto.Types.AttributeType.Graph, G = body } },
                });
        }, $"node 'turn' ({operation}, 7 of 7)", "control flow", "onnxsim");

    [Fact]
    public void A_graph_inside_a_node_is_refused_whatever_its_operator() => Refuses(
        m => m.Graph.Node[1].Attribute.Add(
            new AttributeProto { Name = "g", Type = AttributeProto.Types.AttributeType.Graph, G = new GraphProto { Name = "inner" } }),
        "node 'positive' (Relu, 2 of 6), attribute 'g'");

    [Theory]
    [InlineData("NonMaxSuppression", "", "not taken here")]
    [InlineData("TreeEnsembleClassifier", "ai.onnx.ml", "tree ensemble")]
    [InlineData("TreeEnsemble", "ai.onnx.ml", "tree ensemble")]
    [InlineData("Relu", "my.own", "domain 'my.own'")]
    [InlineData("Inverse", "com.microsoft", "not taken here")]
    public void Only_known_operators_are_taken(string operation, string domain, string says) =>
        Refuses(m => (m.Graph.Node[1].OpType, m.Graph.Node[1].Domain) = (operation, domain), says, "node 'positive'");

    [Fact]
    public void A_decision_tree_of_100000_levels_is_refused_at_once()
    {
        var tree = new NodeProto { OpType = "TreeEnsembleClassifier", Domain = "ai.onnx.ml", Input = { "embedding" }, Output = { "l", "s" } };
        var ids = new AttributeProto { Name = "nodes_truenodeids", Type = AttributeProto.Types.AttributeType.Ints };
        ids.Ints.AddRange(Enumerable.Range(1, 100_000).Select(i => (long)i));
        tree.Attribute.Add(ids);
        Refuses(m => m.Graph.Node.Add(tree), "tree ensemble");
    }

    [Fact]
    public void Two_kilobytes_of_nested_functions_are_refused_at_once() => Refuses(
        m =>
        {
            for (var level = 0; level < 18; level++)
            {
                var next = level == 17 ? "Relu" : $"f{level + 1}";
                var function = new FunctionProto { Name = $"f{level}", Domain = "own", Input = { "x" }, Output = { "z" } };
                function.Node.Add(new NodeProto { OpType = next, Domain = level == 17 ? "" : "own", Input = { "x" }, Output = { "y" } });
                function.Node.Add(new NodeProto { OpType = next, Domain = level == 17 ? "" : "own", Input = { "y" }, Output = { "z" } });
                m.Functions.Add(function);
            }
            (m.Graph.Node[1].OpType, m.Graph.Node[1].Domain) = ("f0", "own");
        }, "18 functions of its own");

    [Fact]
    public void A_file_that_takes_far_more_memory_than_it_has_bytes_is_refused_before_it_is_parsed()
    {
        // 1.5 million nodes without content, two bytes each
        var file = Field(7, [.. Enumerable.Range(0, 1_500_000).SelectMany(_ => new byte[] { 0x0A, 0 })]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<ModelFileException>(() => ClassifierImport.Read(file, "'x'")).Message.ShouldContain("parts");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10 << 20);

        // A graph in an attribute of a node in a graph …
        byte[] nested = [];
        for (var level = 0; level < 40; level++)
            nested = Field(1, Field(5, Field(6, nested)));
        Should.Throw<ModelFileException>(() => ClassifierImport.Read(Field(7, nested), "'x'")).Message.ShouldContain("deep");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void What_would_take_gigabytes_a_picture_is_refused(int kind)
    {
        var file = Network(g => kind switch
        {
            0 => g.Node("big", "ConstantOfShape", [g.Integers("shape", 1, 3, 16384, 16384)]),
            1 => g.Node("big", "Expand", ["image", g.Integers("shape", 65536, 3, 32, 32)]),
            2 => g.Node("big", "Tile", ["image", g.Integers("repeats", 1, 1, 200, 200)]),
            3 => g.Node("big", "Range", [Scalar(g, "from", 0), Scalar(g, "to", 1L << 40), Scalar(g, "step", 1)]),
            4 => g.Node("big", "Resize", ["image", "", g.Weights("scales", [1, 1, 200, 200], 4)]),
            5 => g.Node("big", "Pad", ["image", g.Integers("pads", 0, 0, 9999, 9999, 0, 0, 9999, 9999)]),
            6 => Doubled(g, 16),
            7 => g.Node("big", "MatMul", [Grown(g, "column", -1, 1), Grown(g, "row", 1, -1)]),
            _ => g.Node("big", "ConvTranspose", ["image", g.Weights("w", new float[3 * 64], 3, 64, 1, 1)], Attribute("strides", 400, 400)),
        });
        Refuses(file, "asks for too much", "'big'", "numbers are the most");
    }

    [Fact]
    public void Many_middling_values_at_once_are_refused()
    {
        var file = Network(g =>
        {
            var parts = Enumerable.Range(0, 40).Select(i => g.Node($"part{i}", "Expand", ["image", g.Integers($"s{i}", 1200, 3, 32, 32)])).ToArray();
            return g.Node("all", "Sum", parts);
        });
        Refuses(file, "at the same time");
    }

    [Fact]
    public void A_size_that_only_the_picture_decides_is_refused()
    {
        var file = Network(g =>
        {
            var largest = g.Node("largest", "ArgMax", [g.Node("flat", "Flatten", ["image"])], Attribute("axis", 1L));
            return g.Node("big", "ConstantOfShape", [g.Node("shape", "Reshape", [largest, g.Integers("one", 1)])]);
        });
        Refuses(file, "node 'big' (ConstantOfShape, 4 of 5) cannot be told before it runs", "onnxsim");
    }

    [Fact]
    public void Chains_that_are_too_deep_and_graphs_that_are_too_large_are_refused()
    {
        Refuses(Network(g =>
        {
            var x = "image";
            for (var i = 0; i < 10_001; i++)
                x = g.Node($"n{i}", "Relu", [x]);
            return x;
        }), "one after another");
        Refuses(Network(g =>
        {
            for (var i = 0; i < 20_000; i++)
                g.Node($"n{i}", "Relu", ["image"]);
            return "n0";
        }), "20000 are the most");
    }

    [Fact]
    public void A_tensor_must_hold_the_numbers_that_its_shape_says()
    {
        Refuses(m => m.Graph.Initializer[0].Dims[0] = 1L << 40, "as many numbers");
        Refuses(m => m.Graph.Initializer[0].DataType = (int)DataType.String, "numbers are wanted");
        Refuses(m => m.Graph.Node[0].Input[0] = "nobody", "before any node gives it");
        Refuses(m => m.Graph.Node[1].Output[0] = m.Graph.Node[0].Output[0], "a second time");
    }

    [Fact]
    public void Shapes_computed_from_shapes_are_followed()
    {
        // As PyTorch exports x.view(x.size(0), -1)
        var model = ModelProto.Parser.ParseFrom(new TestClassifier().ToBytes());
        var flat = model.Graph.Node.Single(n => n.OpType == "Flatten");
        var at = model.Graph.Node.IndexOf(flat);
        var more = new GraphBuilder(new ModelProto { Graph = new GraphProto() });
        more.Node("sizes", "Shape", ["pooled"]);
        more.Node("batch", "Gather", ["sizes", Scalar(more, "nought", 0)], Attribute("axis", 0L));
        more.Node("batch.1", "Unsqueeze", ["batch", more.Integers("axes", 0)]);
        more.Node("wanted", "Concat", ["batch.1", more.Integers("rest", -1)], Attribute("axis", 0L));
        var added = more.ToModel().Graph;
        model.Graph.Initializer.Add(added.Initializer);
        foreach (var node in added.Node.Reverse())
            model.Graph.Node.Insert(at, node);
        flat.OpType = "Reshape";
        flat.Attribute.Clear();
        flat.Input.Add("wanted");
        ClassifierImport.Read(model.ToByteArray(), "'x'")
            .Convert(Options, Sessions, TestContext.Current.CancellationToken).Labels.Count.ShouldBe(4);
    }

    private static string Scalar(GraphBuilder graph, string name, long value)
    {
        var one = graph.Integers(name + ".vector", value);
        return graph.Node(name, "Squeeze", [one, graph.Integers(name + ".axes", 0)]);
    }

    private static string Doubled(GraphBuilder graph, int times)
    {
        var x = "image";
        for (var i = 0; i < times; i++)
            x = graph.Node(i == 14 ? "big" : $"twice{i}", "Concat", [x, x], Attribute("axis", 2L));
        return x;
    }

    private static string Grown(GraphBuilder graph, string name, long down, long across)
    {
        var more = graph.Node($"{name}.more", "Tile", ["image", graph.Integers($"{name}.repeats", 1, 1, 8, 1)]);
        return graph.Node(name, "Reshape", [more, graph.Integers($"{name}.shape", down, across)]);
    }

    private static TensorProto External(TensorProto tensor)
    {
        tensor.ClearRawData();
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "/etc/passwd" });
        return tensor;
    }

    private static AttributeProto Tensor(string name, TensorProto tensor) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Tensor, T = tensor };

    private static byte[] Field(int number, byte[] content)
    {
        var size = CodedOutputStream.ComputeLengthSize(content.Length);
        var bytes = new byte[1 + size + content.Length];
        using var output = new CodedOutputStream(bytes);
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content));
        output.Flush();
        return bytes;
    }

    private static byte[] Network(Func<GraphBuilder, string> end)
    {
        var graph = new GraphBuilder("network");
        graph.Input("image", -1, 3, 32, 32);
        graph.OutputOfAnyShape(graph.Node("end", "Identity", [end(graph)]));
        return graph.ToModel().ToByteArray();
    }

    private static void Refuses(Action<ModelProto> change, params string[] says)
    {
        var model = ModelProto.Parser.ParseFrom(new TestClassifier().ToBytes());
        change(model);
        Refuses(model.ToByteArray(), says);
    }

    private static void Refuses(byte[] file, params string[] says)
    {
        var message = Should.Throw<ModelFileException>(
            () => ClassifierImport.Read(file, "'x.onnx'").Convert(Options, Sessions, TestContext.Current.CancellationToken)).Message;
        foreach (var text in says)
            message.ShouldContain(text);
    }
}
