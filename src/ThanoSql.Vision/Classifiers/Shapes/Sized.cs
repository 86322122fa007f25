using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Classifiers.Shapes;

/// <summary>A value of a network: its shape, and where sizes are made of it also its numbers.</summary>
/// <param name="Dims">Of any length, each 0 or more.</param>
/// <param name="Numbers">In row-major order; null when they are unknown, or too many to matter.</param>
/// <param name="Whole">Whether the numbers are integers, which division rounds.</param>
internal sealed record Sized(long[] Dims, double[]? Numbers = null, bool Whole = true)
{
    /// <summary>Shapes are made of a handful of numbers.</summary>
    public const int MostNumbers = 1024;

    public int Rank => Dims.Length;

    /// <exception cref="UnknownShapeException">They depend on the picture.</exception>
    public long[] Integers => [.. Known.Select(v => (long)v)];

    /// <exception cref="UnknownShapeException">They depend on the picture.</exception>
    public double[] Known => Numbers ?? throw new UnknownShapeException("it depends on numbers that only the picture decides");

    public static Sized Of(TensorProto tensor) => new(
        [.. tensor.Dims], TensorNumbers.Read(tensor, MostNumbers),
        (DataType)tensor.DataType is not (DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16));

    public static Sized Vector(params IReadOnlyList<long> values) => new([values.Count], [.. values.Select(v => (double)v)]);

    /// <summary>The same numbers in another shape.</summary>
    public Sized As(params long[] dims) => this with { Dims = dims };

    /// <summary>An axis of this value, counted from the end where it is below 0.</summary>
    public int Axis(long axis)
    {
        var index = axis < 0 ? axis + Rank : axis;
        return index >= 0 && index < Rank ? (int)index : throw new ArgumentOutOfRangeException(nameof(axis), axis, null);
    }

    /// <summary>A value whose elements are each an element of this one.</summary>
    /// <param name="dims">Its shape.</param>
    /// <param name="from">Where in this value each comes from, by its own indices.</param>
    public Sized Pick(long[] dims, Func<long[], long[]> from)
    {
        if (Numbers is null || ImportedShapes.Count(dims) is not (>= 0 and <= MostNumbers and var count))
            return new Sized(dims, null, Whole);
        var picked = new double[count];
        var index = new long[dims.Length];
        for (var i = 0; i < count; i++)
        {
            var rest = (long)i;
            for (var axis = dims.Length - 1; axis >= 0; axis--)
                (rest, index[axis]) = Math.DivRem(rest, dims[axis]);
            picked[i] = Numbers[At(from(index))];
        }
        return new Sized(dims, picked, Whole);
    }

    /// <summary>This value repeated along axes of size 1.</summary>
    public Sized Broadcast(long[] dims)
    {
        var lead = dims.Length - Rank;
        return Pick(dims, index => [.. Dims.Select((d, axis) => d == 1 ? 0 : index[lead + axis])]);
    }

    /// <summary>The shape that values are broadcast to.</summary>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public static long[] Common(IEnumerable<Sized?> values)
    {
        var all = values.OfType<Sized>().ToList();
        var dims = new long[all.Max(v => v.Rank)];
        Array.Fill(dims, 1);
        foreach (var value in all)
        {
            for (var axis = 0; axis < value.Rank; axis++)
            {
                ref var dim = ref dims[dims.Length - value.Rank + axis];
                if (dim != 1 && value.Dims[axis] != 1 && dim != value.Dims[axis])
                    throw new ArgumentException("They cannot be broadcast.");
                dim = dim == 1 ? value.Dims[axis] : dim;
            }
        }
        return dims;
    }

    private int At(long[] index)
    {
        var at = 0L;
        for (var axis = 0; axis < Rank; axis++)
            at = checked(at * Dims[axis] + index[axis]);
        return (int)at;
    }
}
