namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>
/// How large every value of a network is for one picture, found out without running it: ONNX's shape rules over the operators that are taken, and the
/// few whole numbers that shapes are made of. What cannot be told before is refused, so that no picture takes more than what was checked.
/// </summary>
internal sealed class ImportedShapes
{
    /// <summary>Numbers of one value, 256 MB of float32; the first layer of a network over 512 x 512 pixels has a tenth.</summary>
    public const long MostElements = 1L << 26;

    /// <summary>Numbers of all values that are needed at one moment.</summary>
    public const long MostAlive = 1L << 27;

    /// <summary>Nodes one after another.</summary>
    public const int MostDepth = 10_000;

    private readonly Dictionary<string, Sized> _values = [];
    private readonly Dictionary<string, int> _depths = [];
    private readonly Dictionary<string, int> _lastUse = [];
    private readonly GraphProto _graph;
    private readonly string _source;
    private long _alive;

    private ImportedShapes(GraphProto graph, string source) => (_graph, _source) = (graph, source);

    /// <param name="graph">That <see cref="ImportGate"/> let through.</param>
    /// <param name="input">Its one input.</param>
    /// <param name="source">For messages.</param>
    /// <exception cref="ModelFileException">Something is too large, or cannot be told; the message names the node and what to do.</exception>
    public static void Check(GraphProto graph, ImportedInput input, string source) => new ImportedShapes(graph, source).Run(input);

    /// <returns>Elements of a shape; null when they are more than any tensor here has.</returns>
    public static long? Count(ReadOnlySpan<long> dims)
    {
        var count = 1L;
        foreach (var dim in dims)
        {
            if (dim == 0)
                return 0;
            if (dim < 0 || count > (1L << 40) / dim)
                return null;
            count *= dim;
        }
        return count;
    }

    private void Run(ImportedInput input)
    {
        foreach (var tensor in _graph.Initializer)
            Add(tensor.Name, Sized.Of(tensor), 0, "an initialiser");
        long[] shape = input.ChannelsLast
            ? [1, input.Side, input.Side, input.Channels]
            : [1, input.Channels, input.Side, input.Side];
        Add(input.Name, new Sized(shape), 0, "the input");
        for (var i = 0; i < _graph.Node.Count; i++)
        {
            foreach (var name in _graph.Node[i].Input)
                _lastUse[name] = i;
        }
        foreach (var output in _graph.Output)
            _lastUse[output.Name] = int.MaxValue;
        for (var i = 0; i < _graph.Node.Count; i++)
            Node(_graph.Node[i], i);
        if (_graph.Output.FirstOrDefault(o => !_values.ContainsKey(o.Name)) is { } missing)
            throw new ModelFileException($"{_source} is damaged: no node gives its output '{ImportGate.Short(missing.Name)}'.");
    }

    private void Node(NodeProto node, int index)
    {
        var place = ImportGate.Place(node, index, _graph.Node.Count);
        var inputs = node.Input.Select(name => name.Length == 0 ? null : Value(name, place)).ToArray();
        var depth = 1 + node.Input.Where(n => n.Length > 0).Select(n => _depths[n]).DefaultIfEmpty().Max();
        if (depth > MostDepth)
            throw Refused($"{place} has more than {MostDepth} nodes before it, one after another.");
        var outputs = Outputs(node, inputs, place);
        for (var k = 0; k < node.Output.Count; k++)
        {
            if (node.Output[k].Length == 0)
                continue;
            if (k >= outputs.Count)
                throw Refused($"{place} has more outputs than its operator gives.");
            var elements = Count(outputs[k].Dims);
            if (elements is null or > MostElements)
            {
                throw Refused(
                    $"{place} makes a value of [{string.Join(", ", outputs[k].Dims)}] for one picture; {MostElements:N0} numbers are the most.");
            }
            Add(node.Output[k], outputs[k], depth, place);
            _alive += elements.Value;
        }
        if (_alive > MostAlive)
            throw Refused($"at {place} {_alive:N0} numbers are needed at the same time for one picture; {MostAlive:N0} are the most.");
        foreach (var name in node.Input.Concat(node.Output).Distinct().Where(n => n.Length > 0 && _lastUse.GetValueOrDefault(n, index) <= index))
        {
            // Weights are never freed, and were not counted
            if (_depths[name] > 0)
                _alive -= Count(_values[name].Dims) ?? 0;
        }
    }

    private IReadOnlyList<Sized> Outputs(NodeProto node, Sized?[] inputs, string place)
    {
        try
        {
            return AllowedOperators.Find(node)!(new NodeShapes(node, inputs));
        }
        catch (UnknownShapeException e)
        {
            throw Refused($"the size of {place} cannot be told before it runs: {e.Message}.");
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException or DivideByZeroException
            or NullReferenceException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFileException($"{_source} is damaged: {place} does not fit its inputs ({Describe(inputs)}).", e);
        }
    }

    private Sized Value(string name, string place) => _values.TryGetValue(name, out var value)
        ? value
        : throw new ModelFileException($"{_source} is damaged: {place} reads '{ImportGate.Short(name)}' before any node gives it.");

    private void Add(string name, Sized value, int depth, string place)
    {
        if (!_values.TryAdd(name, value))
            throw new ModelFileException($"{_source} is damaged: {place} gives '{ImportGate.Short(name)}' a second time.");
        _depths[name] = depth;
    }

    private ModelFileException Refused(string why) => new($"{_source} asks for too much: {why} {ClassifierImport.HowToSimplify}");

    private static string Describe(Sized?[] inputs) =>
        string.Join("; ", inputs.Take(4).Select(i => i is null ? "-" : $"[{string.Join(", ", i.Dims.Take(8))}]"));
}

/// <summary>A value that decides over sizes is not known before the network runs.</summary>
internal sealed class UnknownShapeException(string message) : Exception(message);
