namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>Operators that put the same numbers into another order or shape.</summary>
internal static class LayoutRules
{
    public static void AddTo(Dictionary<string, ShapeRule> rules)
    {
        rules["Concat"] = Concat;
        rules["DepthToSpace"] = node => [new Sized(Spread(node[0].Dims, node.Integer("blocksize", 1)))];
        rules["Flatten"] = Flatten;
        rules["Reshape"] = Reshape;
        rules["SpaceToDepth"] = node => [new Sized(Gathered(node[0].Dims, node.Integer("blocksize", 1)))];
        rules["Split"] = Split;
        rules["Squeeze"] = Squeeze;
        rules["Transpose"] = Transpose;
        rules["Unsqueeze"] = Unsqueeze;
    }

    private static IReadOnlyList<Sized> Concat(NodeShapes node)
    {
        var axis = node[0].Axis(node.Integer("axis", 1));
        var all = node.Inputs.OfType<Sized>().ToList();
        if (all.Exists(v => v.Rank != node[0].Rank || v.Dims.Where((d, i) => i != axis && d != node[0].Dims[i]).Any()))
            throw new ArgumentException("The parts do not fit.");
        long[] dims = [.. node[0].Dims];
        dims[axis] = all.Sum(v => v.Dims[axis]);
        var known = axis == 0 && all.TrueForAll(v => v.Numbers is not null) && all.Sum(v => v.Numbers!.Length) <= Sized.MostNumbers
            ? all.SelectMany(v => v.Numbers!).ToArray()
            : null;
        return [new Sized(dims, known, node[0].Whole)];
    }

    private static IReadOnlyList<Sized> Flatten(NodeShapes node)
    {
        var given = node.Integer("axis", 1);
        var axis = (int)(given < 0 ? given + node[0].Rank : given);
        return [node[0].As(Product(node[0].Dims.AsSpan(..axis)), Product(node[0].Dims.AsSpan(axis..)))];
    }

    private static IReadOnlyList<Sized> Reshape(NodeShapes node)
    {
        var wanted = node.Integers("shape", 1) ?? throw new ArgumentException("There is no shape.");
        var zero = node.Integer("allowzero", 0) != 0;
        long[] dims = [.. wanted.Select((d, axis) => d == 0 && !zero ? node[0].Dims[axis] : d)];
        var open = Array.IndexOf(dims, -1);
        var total = Product(node[0].Dims);
        if (open >= 0)
        {
            dims[open] = 1;
            var rest = Product(dims);
            dims[open] = rest == 0 ? 0 : total / rest;
        }
        return Product(dims) == total ? [node[0].As(dims)] : throw new ArgumentException("The shape has another number of elements.");
    }

    private static Sized[] Split(NodeShapes node)
    {
        var axis = node[0].Axis(node.Integer("axis", 0));
        var whole = node[0].Dims[axis];
        var count = node.Integer("num_outputs", node.OutputCount);
        var each = (whole + count - 1) / count;
        var sizes = node.Integers("split", 1)
            ?? [.. Enumerable.Range(0, node.OutputCount).Select(i => Math.Min(each, Math.Max(0, whole - i * each)))];
        if (sizes.Sum() != whole || sizes.Any(s => s < 0))
            throw new ArgumentException("The parts are not the whole.");
        var start = 0L;
        var parts = new Sized[sizes.Length];
        for (var k = 0; k < sizes.Length; k++)
        {
            var size = sizes[k];
            var from = start;
            long[] dims = [.. node[0].Dims];
            dims[axis] = size;
            parts[k] = node[0].Pick(dims, index => [.. index.Select((at, i) => i == axis ? at + from : at)]);
            start += size;
        }
        return parts;
    }

    private static IReadOnlyList<Sized> Squeeze(NodeShapes node)
    {
        var axes = node.Integers("axes", 1)?.Select(node[0].Axis).ToHashSet();
        if (axes?.Any(axis => node[0].Dims[axis] != 1) == true)
            throw new ArgumentException("Only axes of size 1 go.");
        return [node[0].As([.. node[0].Dims.Where((d, axis) => !(axes?.Contains(axis) ?? d == 1))])];
    }

    private static IReadOnlyList<Sized> Transpose(NodeShapes node)
    {
        long[] order = node.Integers("perm") ?? [.. Enumerable.Range(0, node[0].Rank).Select(i => (long)i).Reverse()];
        if (!order.Order().SequenceEqual(Enumerable.Range(0, node[0].Rank).Select(i => (long)i)))
            throw new ArgumentException("The order does not name every axis once.");
        return [node[0].Pick([.. order.Select(axis => node[0].Dims[axis])], index =>
        {
            var from = new long[index.Length];
            for (var i = 0; i < index.Length; i++)
                from[order[i]] = index[i];
            return from;
        })];
    }

    private static IReadOnlyList<Sized> Unsqueeze(NodeShapes node)
    {
        var axes = node.Integers("axes", 1) ?? throw new ArgumentException("There are no axes.");
        var rank = node[0].Rank + axes.Length;
        var ones = axes.Select(a => a < 0 ? a + rank : a).ToHashSet();
        if (ones.Count != axes.Length || ones.Any(a => a < 0 || a >= rank))
            throw new ArgumentException("The axes are out of range.");
        var dims = new long[rank];
        for (int axis = 0, from = 0; axis < rank; axis++)
            dims[axis] = ones.Contains(axis) ? 1 : node[0].Dims[from++];
        return [node[0].As(dims)];
    }

    private static long[] Spread(long[] dims, long block) =>
        [dims[0], dims[1] / checked(block * block), checked(dims[2] * block), checked(dims[3] * block)];

    private static long[] Gathered(long[] dims, long block) =>
        [dims[0], checked(dims[1] * block * block), dims[2] / block, dims[3] / block];

    private static long Product(ReadOnlySpan<long> dims) => ImportedShapes.Count(dims) ?? throw new OverflowException("It is too large.");
}
