using Google.Protobuf;
using ThanoSql.Vision.Onnx;
using ThanoSql.Vision.Onnx.Schema;
using ThanoSql.Vision.Trunks;
using static ThanoSql.Vision.Onnx.GraphBuilder;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Tests.Fixtures;

/// <summary>Networks that get past every check before they are loaded: what the process of a model must hold.</summary>
public static class ForeignNetwork
{
    public const int Side = 32;

    public const int Size = 3;

    /// <summary>The mean of each channel.</summary>
    public static byte[] Means() => Build((_, means) => means);

    /// <summary>The same, but it never ends for a picture whose mean is above 1.</summary>
    public static byte[] EndlessAboveOne() => Build((graph, means) =>
    {
        var body = new GraphProto { Name = "body" };
        body.Input.AddRange([Value("i", DataType.Int64), Value("on", DataType.Bool), Value("x", DataType.Float, Size)]);
        body.Node.Add(new NodeProto { OpType = "Identity", Input = { "on" }, Output = { "on_again" } });
        body.Node.Add(new NodeProto { OpType = "Cos", Input = { "x" }, Output = { "x_again" } });
        body.Output.AddRange([Value("on_again", DataType.Bool), Value("x_again", DataType.Float, Size)]);
        return graph.Node(
            "end", "Loop", ["", IsAboveOne(graph, means), means],
            new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body });
    });

    /// <summary>The same, but it asks for 3 GB for a picture whose mean is above 1.</summary>
    public static byte[] HugeAboveOne() => Build((graph, means) =>
    {
        var rows = graph.Node("rows", "Cast", [IsAboveOne(graph, means)], Attribute("to", (long)DataType.Int64));
        rows = graph.Node("many", "Mul", [rows, graph.Integers("most", 800_000_000)]);
        rows = graph.Node("atleast", "Add", [graph.Node("list", "Reshape", [rows, graph.Integers("one", 1)]), graph.Integers("first", 1)]);
        var sum = graph.Node("sum", "ReduceSum", [graph.Node("zeros", "ConstantOfShape", [rows])], Attribute("keepdims", 0L));
        return graph.Node("end", "Add", [means, sum]);
    });

    /// <summary>It takes minutes a picture, and every check finds it in order.</summary>
    public static byte[] Slow()
    {
        var graph = new GraphBuilder("slow");
        var x = graph.Input("image", 1, 3, Side, Side);
        x = graph.Node("first", "Expand", [graph.Node("mean", "ReduceMean", [x]), graph.Integers("square", 1, 1, 2048, 2048)]);
        for (var i = 0; i < 2000; i++)
            x = graph.Node($"product{i}", "Softmax", [graph.Node($"x{i}", "MatMul", [x, x])], Attribute("axis", 3L));
        x = graph.Node("pooled", "ReduceMean", [x], Attribute("axes", [2L, 3L]), Attribute("keepdims", 0L));
        graph.OutputOfAnyShape(graph.Node("scores", "Concat", [x, x], Attribute("axis", 1L)));
        return graph.ToModel().ToByteArray();
    }

    public static ClassifierTrunk Trunk(byte[] network) => ClassifierTrunk.Parse(network, "'test'");

    private static string IsAboveOne(GraphBuilder graph, string means)
    {
        var mean = graph.Node("mean", "ReduceMean", [means], Attribute("keepdims", 0L));
        return graph.Node("above.scalar", "Squeeze", [graph.Node("above", "Greater", [mean, graph.Weights("limit", [1], 1)])]);
    }

    private static byte[] Build(Func<GraphBuilder, string, string> end)
    {
        var graph = new GraphBuilder("foreign");
        graph.Input(ConvNeXtGraph.InputName, 1, 3, Side, Side);
        var means = graph.Node("flat", "Flatten", [graph.Node("pooled", "GlobalAveragePool", [ConvNeXtGraph.InputName])], Attribute("axis", 1L));
        graph.Node(ConvNeXtGraph.OutputName, "Identity", [end(graph, means)]);
        graph.Output(ConvNeXtGraph.OutputName, 1, Size);
        return graph.ToModel().ToByteArray();
    }

    private static ValueInfoProto Value(string name, DataType type, int size = 0)
    {
        var shape = new TensorShapeProto();
        if (size > 0)
            shape.Dim.AddRange([new() { DimValue = 1 }, new() { DimValue = size }]);
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }
}
