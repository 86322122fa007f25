using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>Operators that work number by number, and those that sum numbers up.</summary>
internal static class ElementRules
{
    public static void AddTo(Dictionary<string, ShapeRule> rules)
    {
        rules["Identity"] = node => [node[0]];
        rules["Cast"] = Cast;
        rules["CastLike"] = node => [new Sized(node[0].Dims)];
        rules["DynamicQuantizeLinear"] = node => [new Sized(node[0].Dims), new Sized([]), new Sized([])];
        Unary(rules, "Floor", Math.Floor);
        Unary(rules, "Ceil", Math.Ceiling);
        Unary(rules, "Neg", v => -v);
        Unary(rules, "Sqrt", Math.Sqrt);
        Unary(rules, "Not", v => v == 0 ? 1 : 0);
        Binary(rules, "Add", (a, b, _) => a + b);
        Binary(rules, "Sub", (a, b, _) => a - b);
        Binary(rules, "Mul", (a, b, _) => a * b);
        Binary(rules, "Div", (a, b, whole) => whole ? Math.Truncate(a / b) : a / b);
        Binary(rules, "Mod", (a, b, whole) => whole ? a - b * Math.Floor(a / b) : Math.IEEERemainder(a, b));
        Binary(rules, "Pow", (a, b, _) => Math.Pow(a, b));
        Binary(rules, "Equal", (a, b, _) => a == b ? 1 : 0);
        Binary(rules, "Greater", (a, b, _) => a > b ? 1 : 0);
        Binary(rules, "GreaterOrEqual", (a, b, _) => a >= b ? 1 : 0);
        Binary(rules, "Less", (a, b, _) => a < b ? 1 : 0);
        Binary(rules, "LessOrEqual", (a, b, _) => a <= b ? 1 : 0);
        Binary(rules, "And", (a, b, _) => a != 0 && b != 0 ? 1 : 0);
        Binary(rules, "Or", (a, b, _) => a != 0 || b != 0 ? 1 : 0);
        Binary(rules, "Xor", (a, b, _) => a != 0 != (b != 0) ? 1 : 0);
        Binary(rules, "Max", (a, b, _) => Math.Max(a, b));
        Binary(rules, "Min", (a, b, _) => Math.Min(a, b));
        rules["Mean"] = rules["Sum"] = node => [new Sized(Sized.Common(node.Inputs))];
        rules["Where"] = Where;
    }

    public static IReadOnlyList<Sized> LikeFirst(NodeShapes node) =>
        [.. Enumerable.Repeat(new Sized(node[0].Dims, null, node[0].Whole), Math.Max(node.OutputCount, 1))];

    public static IReadOnlyList<Sized> Reduce(NodeShapes node)
    {
        var one = node.Operator is "ArgMax" or "ArgMin";
        var axes = one ? [node.Integer("axis", 0)] : node.Integers("axes", 1);
        if (axes is null or [] && node.Integer("noop_with_empty_axes", 0) == 1)
            return [node[0]];
        var reduced = axes is null or [] ? [.. Enumerable.Range(0, node[0].Rank)] : axes.Select(node[0].Axis).ToHashSet();
        var keep = node.Integer("keepdims", 1) != 0;
        long[] dims = keep
            ? [.. node[0].Dims.Select((d, axis) => reduced.Contains(axis) ? 1 : d)]
            : [.. node[0].Dims.Where((_, axis) => !reduced.Contains(axis))];
        // The product of a shape is how many numbers it has
        var known = reduced.Count == node[0].Rank && node[0].Numbers is { Length: > 0 } numbers
            ? node.Operator switch
            {
                "ReduceProd" => numbers.Aggregate((a, b) => a * b),
                "ReduceSum" => numbers.Sum(),
                "ReduceMax" => numbers.Max(),
                "ReduceMin" => numbers.Min(),
                _ => (double?)null,
            }
            : null;
        return [new Sized(dims, known is { } value ? [value] : null, node[0].Whole)];
    }

    private static IReadOnlyList<Sized> Cast(NodeShapes node)
    {
        var whole = (DataType)node.Integer("to", 1) is not (DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16);
        return [new Sized(node[0].Dims, whole ? node[0].Numbers?.Select(Math.Truncate).ToArray() : node[0].Numbers, whole)];
    }

    private static IReadOnlyList<Sized> Where(NodeShapes node)
    {
        var dims = Sized.Common([node[0], node[1], node[2]]);
        var (condition, yes, no) = (node[0].Broadcast(dims).Numbers, node[1].Broadcast(dims).Numbers, node[2].Broadcast(dims).Numbers);
        var known = condition is not null && yes is not null && no is not null
            ? condition.Select((c, i) => c != 0 ? yes[i] : no[i]).ToArray()
            : null;
        return [new Sized(dims, known, node[1].Whole)];
    }

    private static void Unary(Dictionary<string, ShapeRule> rules, string name, Func<double, double> apply) =>
        rules[name] = node => [node[0] with { Numbers = node[0].Numbers?.Select(apply).ToArray() }];

    private static void Binary(Dictionary<string, ShapeRule> rules, string name, Func<double, double, bool, double> apply) => rules[name] = node =>
    {
        var dims = Sized.Common(node.Inputs);
        var whole = node.Inputs.OfType<Sized>().All(i => i.Whole);
        var known = node.Inputs.OfType<Sized>().Select(i => i.Broadcast(dims).Numbers).ToList();
        var all = known.TrueForAll(k => k is not null)
            ? known.Aggregate((a, b) => [.. a!.Zip(b!, (x, y) => apply(x, y, whole))])
            : null;
        return [new Sized(dims, all, whole)];
    };
}
