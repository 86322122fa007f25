namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>Convolutions, pooling and products of matrices.</summary>
internal static class LayerRules
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    public static void AddTo(Dictionary<string, ShapeRule> rules)
    {
        rules["Conv"] = Convolution;
        rules["ConvInteger"] = Convolution;
        rules["QLinearConv"] = node => Convolution(node, node[3].Dims);
        rules["ConvTranspose"] = Transposed;
        rules["AveragePool"] = rules["LpPool"] = rules["MaxPool"] = Pool;
        rules["GlobalAveragePool"] = rules["GlobalLpPool"] = rules["GlobalMaxPool"] = GlobalPool;
        rules["Gemm"] = Gemm;
        rules["MatMul"] = rules["MatMulInteger"] = node => [new Sized(Product(node[0].Dims, node[1].Dims))];
        rules["QLinearMatMul"] = node => [new Sized(Product(node[0].Dims, node[3].Dims))];
        rules["Einsum"] = Einsum;
    }

    public static IReadOnlyList<Sized> Convolution(NodeShapes node) => Convolution(node, node[1].Dims);

    public static IReadOnlyList<Sized> Pool(NodeShapes node)
    {
        var dims = node[0].Dims;
        var spatial = Windows(node, dims, node.Integers("kernel_shape") ?? throw new ArgumentException("There is no kernel_shape."));
        return [.. Enumerable.Repeat(new Sized([dims[0], dims[1], .. spatial]), Math.Max(1, node.OutputCount))];
    }

    public static IReadOnlyList<Sized> GlobalPool(NodeShapes node) =>
        [new Sized([.. node[0].Dims.Select((d, axis) => axis < 2 ? d : 1)])];

    private static IReadOnlyList<Sized> Convolution(NodeShapes node, long[] weights)
    {
        var dims = node[0].Dims;
        if (weights.Length != dims.Length || dims.Length < 3)
            throw new ArgumentException("The kernel has other axes than the input.");
        return [new Sized([dims[0], weights[0], .. Windows(node, dims, weights[2..])])];
    }

    // As many windows as fit into what is padded
    private static long[] Windows(NodeShapes node, long[] dims, long[] kernel)
    {
        var axes = dims.Length - 2;
        if (kernel.Length != axes)
            throw new ArgumentException("The kernel has other axes than the input.");
        var strides = node.Integers("strides") ?? Ones(axes);
        var dilations = node.Integers("dilations") ?? Ones(axes);
        var pads = node.Integers("pads") ?? new long[2 * axes];
        var same = node.Text("auto_pad", "NOTSET").StartsWith("SAME", StringComparison.Ordinal);
        var up = node.Integer("ceil_mode", 0) != 0;
        return [.. Enumerable.Range(0, axes).Select(i =>
        {
            if (strides[i] < 1 || dilations[i] < 1 || kernel[i] < 1 || pads[i] < 0 || pads[i + axes] < 0)
                throw new ArgumentException("Steps, distances and kernel are at least 1.");
            if (same)
                return Up(dims[i + 2], strides[i]);
            var room = checked(dims[i + 2] + pads[i] + pads[i + axes] - (dilations[i] * (kernel[i] - 1) + 1));
            if (room < 0)
                throw new ArgumentException("The kernel is larger than the input.");
            return (up ? Up(room, strides[i]) : room / strides[i]) + 1;
        })];
    }

    private static IReadOnlyList<Sized> Transposed(NodeShapes node)
    {
        var (dims, weights) = (node[0].Dims, node[1].Dims);
        var axes = dims.Length - 2;
        var strides = node.Integers("strides") ?? Ones(axes);
        var dilations = node.Integers("dilations") ?? Ones(axes);
        var pads = node.Integers("pads") ?? new long[2 * axes];
        var extra = node.Integers("output_padding") ?? new long[axes];
        var asked = node.Integers("output_shape");
        var same = node.Text("auto_pad", "NOTSET").StartsWith("SAME", StringComparison.Ordinal);
        var spatial = Enumerable.Range(0, axes).Select(i =>
        {
            if (asked is not null)
                return asked[asked.Length - axes + i];
            return same
                ? checked(dims[i + 2] * strides[i])
                : checked(strides[i] * (dims[i + 2] - 1) + extra[i] + dilations[i] * (weights[i + 2] - 1) + 1 - pads[i] - pads[i + axes]);
        }).ToArray();
        return [new Sized([dims[0], checked(weights[1] * node.Integer("group", 1)), .. spatial])];
    }

    private static IReadOnlyList<Sized> Gemm(NodeShapes node)
    {
        var (a, b) = (node[0].Dims, node[1].Dims);
        var (rows, inner) = node.Integer("transA", 0) == 0 ? (a[0], a[1]) : (a[1], a[0]);
        var (other, columns) = node.Integer("transB", 0) == 0 ? (b[0], b[1]) : (b[1], b[0]);
        return inner == other ? [new Sized([rows, columns])] : throw new ArgumentException("The matrices do not fit.");
    }

    private static long[] Product(long[] a, long[] b)
    {
        var (left, right) = (a.Length == 1 ? [1, a[0]] : a, b.Length == 1 ? [b[0], 1] : b);
        if (left[^1] != right[^2])
            throw new ArgumentException("The matrices do not fit.");
        var batch = Sized.Common([new Sized(left[..^2]), new Sized(right[..^2])]);
        List<long> dims = [.. batch];
        if (a.Length > 1)
            dims.Add(left[^2]);
        if (b.Length > 1)
            dims.Add(right[^1]);
        return [.. dims];
    }

    // Attention and relative positions are written so; an ellipsis is not
    private static IReadOnlyList<Sized> Einsum(NodeShapes node)
    {
        var equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        var sides = equation.Split("->");
        var terms = sides[0].Split(',');
        if (sides.Length != 2 || terms.Length != node.Inputs.Count || equation.Any(c => !Letters.Contains(c) && c is not (',' or '-' or '>')))
            throw new UnknownShapeException("its equation is not written out with one letter an axis and '->'");
        var sizes = new Dictionary<char, long>();
        for (var i = 0; i < terms.Length; i++)
        {
            if (terms[i].Length != node[i].Rank)
                throw new ArgumentException("The equation has other axes than the inputs.");
            for (var axis = 0; axis < terms[i].Length; axis++)
                sizes[terms[i][axis]] = Math.Max(sizes.GetValueOrDefault(terms[i][axis], 1), node[i].Dims[axis]);
        }
        // What it sums over may be held too while it is summed
        if (ImportedShapes.Count([.. sizes.Values]) is null or > ImportedShapes.MostElements && terms.Length > 2)
            throw new UnknownShapeException("it multiplies more than two values at once");
        return [new Sized([.. sides[1].Select(letter => sizes[letter])])];
    }

    private static long[] Ones(int axes) => [.. Enumerable.Repeat(1L, axes)];

    private static long Up(long value, long step) => (value + step - 1) / step;
}
