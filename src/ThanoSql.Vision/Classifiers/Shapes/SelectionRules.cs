namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>Operators that make, pick, repeat or scale numbers: those whose size follows from other numbers.</summary>
internal static class SelectionRules
{
    public static void AddTo(Dictionary<string, ShapeRule> rules)
    {
        rules["Constant"] = Constant;
        rules["ConstantOfShape"] = ConstantOfShape;
        rules["Expand"] = Expand;
        rules["EyeLike"] = node => [new Sized(node[0].Dims)];
        rules["Gather"] = Gather;
        rules["GatherElements"] = node => [new Sized(node[1].Dims)];
        rules["GatherND"] = GatherNd;
        rules["OneHot"] = OneHot;
        rules["Pad"] = Pad;
        rules["Range"] = Range;
        rules["Resize"] = rules["Upsample"] = Resize;
        rules["Shape"] = Shape;
        rules["Size"] = node => [new Sized([], [ImportedShapes.Count(node[0].Dims) ?? throw new OverflowException("It is too large.")])];
        rules["Slice"] = Slice;
        rules["Tile"] = Tile;
        rules["TopK"] = TopK;
    }

    private static IReadOnlyList<Sized> Constant(NodeShapes node)
    {
        if (node.Tensor("value") is { } tensor)
            return [tensor];
        if (node.Has("value_int"))
            return [new Sized([], [node.Integer("value_int", 0)])];
        if (node.Integers("value_ints") is { Length: > 0 } integers && node.Has("value_ints"))
            return [Sized.Vector(integers)];
        if (node.Has("value_float"))
            return [new Sized([], null, false)];
        if (node.Floats("value_floats") is { } floats)
            return [new Sized([floats.Length], floats.Length <= Sized.MostNumbers ? floats : null, false)];
        throw new UnknownShapeException("it is a constant of texts, or of nothing");
    }

    private static IReadOnlyList<Sized> ConstantOfShape(NodeShapes node)
    {
        var dims = node[0].Integers;
        var value = node.Tensor("value");
        var filled = ImportedShapes.Count(dims) is <= Sized.MostNumbers and var count && (value?.Numbers ?? [0.0]) is [var one]
            ? Enumerable.Repeat(one, (int)count).ToArray()
            : null;
        return [new Sized(dims, filled, value?.Whole ?? false)];
    }

    private static IReadOnlyList<Sized> Expand(NodeShapes node) =>
        [node[0].Broadcast(Sized.Common([node[0], new Sized(node[1].Integers)]))];

    private static IReadOnlyList<Sized> Gather(NodeShapes node)
    {
        var (data, indices) = (node[0], node[1]);
        var axis = data.Axis(node.Integer("axis", 0));
        long[] dims = [.. data.Dims[..axis], .. indices.Dims, .. data.Dims[(axis + 1)..]];
        if (indices.Numbers is null)
            return [new Sized(dims, null, data.Whole)];
        return [data.Pick(dims, index =>
        {
            var picked = indices.Numbers[(int)Flat(indices.Dims, index.AsSpan(axis, indices.Rank))];
            return [.. index[..axis], (long)(picked < 0 ? picked + data.Dims[axis] : picked), .. index[(axis + indices.Rank)..]];
        })];
    }

    private static IReadOnlyList<Sized> GatherNd(NodeShapes node)
    {
        var (data, indices, batch) = (node[0].Dims, node[1].Dims, (int)node.Integer("batch_dims", 0));
        return [new Sized([.. indices[..^1], .. data[(batch + (int)indices[^1])..]])];
    }

    private static IReadOnlyList<Sized> OneHot(NodeShapes node)
    {
        var (dims, axis) = (node[0].Dims.ToList(), (int)node.Integer("axis", -1));
        dims.Insert(axis < 0 ? axis + dims.Count + 1 : axis, node[1].Integers.Single());
        return [new Sized([.. dims])];
    }

    private static IReadOnlyList<Sized> Pad(NodeShapes node)
    {
        var pads = node.Integers("pads", 1) ?? throw new ArgumentException("There are no pads.");
        var axes = node.Optional(3)?.Integers.Select(node[0].Axis).ToArray() ?? [.. Enumerable.Range(0, node[0].Rank)];
        long[] dims = [.. node[0].Dims];
        for (var i = 0; i < axes.Length; i++)
            dims[axes[i]] = checked(dims[axes[i]] + pads[i] + pads[i + axes.Length]);
        return [new Sized(dims)];
    }

    private static IReadOnlyList<Sized> Range(NodeShapes node)
    {
        var (start, limit, step) = (node[0].Known.Single(), node[1].Known.Single(), node[2].Known.Single());
        var count = Math.Max(0, Math.Ceiling((limit - start) / step));
        if (!(count <= ImportedShapes.MostElements))
            return [new Sized([long.MaxValue])];
        var known = count <= Sized.MostNumbers ? Enumerable.Range(0, (int)count).Select(i => start + i * step).ToArray() : null;
        return [new Sized([(long)count], known, node[0].Whole)];
    }

    // By factors or by sizes, for all axes or some; the inputs stand elsewhere in older operator sets
    private static IReadOnlyList<Sized> Resize(NodeShapes node)
    {
        var old = node.Operator == "Upsample" || (node.Inputs.Count == 2 && !node.Has("axes"));
        var sizes = old ? null : node.Optional(3)?.Integers;
        var scales = node.Floats("scales") ?? (old ? node[1] : node.Optional(2))?.Known;
        var axes = node.Integers("axes")?.Select(node[0].Axis).ToArray() ?? [.. Enumerable.Range(0, node[0].Rank)];
        long[] dims = [.. node[0].Dims];
        for (var i = 0; i < axes.Length; i++)
        {
            // With an aspect ratio to keep, the sizes are the most
            var size = sizes is { Length: > 0 } ? sizes[i] : Math.Floor(dims[axes[i]] * scales![i]);
            dims[axes[i]] = size is >= 0 and <= ImportedShapes.MostElements ? (long)size : long.MaxValue;
        }
        return [new Sized(dims)];
    }

    private static IReadOnlyList<Sized> Shape(NodeShapes node)
    {
        var rank = node[0].Rank;
        var (start, end) = (Within(node.Integer("start", 0)), Within(node.Integer("end", rank)));
        return [Sized.Vector(node[0].Dims[start..Math.Max(start, end)])];

        int Within(long at) => (int)Math.Clamp(at < 0 ? at + rank : at, 0, rank);
    }

    private static IReadOnlyList<Sized> Slice(NodeShapes node)
    {
        var data = node[0];
        var starts = node.Integers("starts", 1)!;
        var ends = node.Integers("ends", 2)!;
        long[] axes = node.Integers("axes", 3) ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        long[] steps = node.Optional(4)?.Integers ?? [.. Enumerable.Repeat(1L, starts.Length)];
        long[] dims = [.. data.Dims];
        var from = new long[data.Rank];
        var by = Enumerable.Repeat(1L, data.Rank).ToArray();
        for (var i = 0; i < starts.Length; i++)
        {
            var axis = data.Axis(axes[i]);
            var (size, step) = (data.Dims[axis], steps[i]);
            var (lowest, highest) = step > 0 ? (0L, size) : (-1L, size - 1);
            var start = Math.Clamp(starts[i] < 0 ? starts[i] + size : starts[i], step > 0 ? 0 : -1, highest);
            var end = Math.Clamp(ends[i] < 0 ? ends[i] + size : ends[i], lowest, highest);
            dims[axis] = Math.Max(0, (end - start + step - Math.Sign(step)) / step);
            (from[axis], by[axis]) = (start, step);
        }
        return [data.Pick(dims, index => [.. index.Select((at, axis) => from[axis] + at * by[axis])])];
    }

    private static IReadOnlyList<Sized> Tile(NodeShapes node)
    {
        var repeats = node[1].Integers;
        if (repeats.Length != node[0].Rank || repeats.Any(r => r < 0))
            throw new ArgumentException("There is not one number of repeats an axis.");
        return [node[0].Pick([.. node[0].Dims.Select((d, axis) => checked(d * repeats[axis]))],
            index => [.. index.Select((at, axis) => at % node[0].Dims[axis])])];
    }

    private static IReadOnlyList<Sized> TopK(NodeShapes node)
    {
        long[] dims = [.. node[0].Dims];
        dims[node[0].Axis(node.Integer("axis", -1))] = node.Has("k") ? node.Integer("k", 1) : node[1].Integers.Single();
        return [new Sized(dims), new Sized(dims)];
    }

    private static long Flat(long[] dims, ReadOnlySpan<long> index)
    {
        var at = 0L;
        for (var axis = 0; axis < dims.Length; axis++)
            at = at * dims[axis] + index[axis];
        return at;
    }
}
