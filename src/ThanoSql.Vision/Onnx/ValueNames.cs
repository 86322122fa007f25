using Google.Protobuf.Collections;

namespace ThanoSql.Vision.Onnx;

/// <summary>Puts a prefix before the name of every value and node of a graph, so that it can be joined with another.</summary>
internal static class ValueNames
{
    /// <summary>Changes the graph, and those inside its nodes, which see its values.</summary>
    public static void Prefix(GraphProto graph, string prefix)
    {
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            value.Name = prefix + value.Name;
        foreach (var tensor in graph.Initializer.Concat(graph.SparseInitializer.Select(s => s.Values)))
            tensor.Name = prefix + tensor.Name;
        foreach (var node in graph.Node)
        {
            // ONNX Runtime takes no two nodes of one name, but any number without
            if (node.Name.Length > 0)
                node.Name = prefix + node.Name;
            Prefix(node.Input, prefix);
            Prefix(node.Output, prefix);
            foreach (var inner in node.Attribute.SelectMany(a => a.Graphs.Append(a.G)).OfType<GraphProto>())
                Prefix(inner, prefix);
        }
    }

    // An empty name is an optional value that is left out.
    private static void Prefix(RepeatedField<string> names, string prefix)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Length > 0)
                names[i] = prefix + names[i];
        }
    }
}
