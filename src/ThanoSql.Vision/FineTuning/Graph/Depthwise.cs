namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>
/// A depthwise 7x7 convolution with padding 3, written as matrix products with banded Toeplitz matrices that are themselves products of the
/// kernel and a constant: so forward pass and both gradients run at the speed of matrix multiplication, where a convolution with
/// weights that are no constants would run many times slower. Small maps take one matrix for the whole map, large ones a matrix per kernel row.
/// </summary>
internal sealed class Depthwise(TrainingGraph graph, string name, int batch, int side, int width) : Layer(graph)
{
    public const int Kernel = 7;
    private const int Padding = Kernel / 2;
    private const int LargestWholeMap = 8;

    private string _matrix = "";
    private string _rows = "";

    private string Weight => $"{name}.weight";

    private bool WholeMap => side <= LargestWholeMap;

    private int Padded => side + (2 * Padding);

    private int Pixels => side * side;

    public override string Forward(string x)
    {
        var weight = Graph.Parameter(Weight, width, 1, Kernel, Kernel);
        var bias = Graph.Reshape(Graph.Parameter($"{name}.bias", width), width, 1);
        x = Graph.Transpose(x, 1, 0);
        (_rows, _matrix) = WholeMap ? (Maps(x), MapMatrix(weight)) : (Bands(x, flip: false), BandMatrix(weight, flip: false));
        var y = Graph.Reshape(Graph.MatMul(_rows, _matrix), width, batch * Pixels);
        return Graph.Transpose(Graph.Add(y, bias), 1, 0);
    }

    public override string Backward(string gradient)
    {
        Graph.Gradient($"{name}.bias", Graph.SumRows(gradient));
        gradient = Graph.Transpose(gradient, 1, 0);
        var answers = WholeMap ? Maps(gradient) : Graph.Reshape(gradient, width, batch * side, side);
        var outer = Graph.MatMul(Graph.Transpose(_rows, 0, 2, 1), answers);
        Graph.Gradient(Weight, WholeMap
            ? Graph.Gemm(Graph.Reshape(outer, width, Pixels * Pixels), MapConstant(), transposeB: true)
            : Graph.Gemm(Graph.Reshape(outer, width * Kernel, Padded * side), BandConstant(flip: false), transposeB: true));
        var back = WholeMap
            ? Graph.MatMul(answers, Graph.Transpose(_matrix, 0, 2, 1))
            : Graph.MatMul(Bands(gradient, flip: true), BandMatrix(Weight, flip: true));
        return Graph.Transpose(Graph.Reshape(back, width, batch * Pixels), 1, 0);
    }

    private string Maps(string x) => Graph.Reshape(x, width, batch, Pixels);

    /// <summary>
    /// [C, N * side, 7 * padded side]: for each output row the seven padded input rows that it sees, from the first or (flip) the last.
    /// </summary>
    private string Bands(string x, bool flip)
    {
        var padded = Graph.Operation(
            "Pad", [Graph.Reshape(x, width, batch, side, side), Graph.Integers(0, 0, Padding, Padding, 0, 0, Padding, Padding)]);
        var bands = new string[Kernel];
        for (var i = 0; i < Kernel; i++)
        {
            var from = flip ? Kernel - 1 - i : i;
            bands[i] = Graph.Operation("Slice", [padded, Graph.Integers(from), Graph.Integers(from + side), Graph.Integers(2)]);
        }
        return Graph.Reshape(Graph.Operation("Concat", bands, Onnx.GraphBuilder.Attribute("axis", 3L)), width, batch * side, Kernel * Padded);
    }

    private string BandMatrix(string weight, bool flip) =>
        Graph.Reshape(Graph.MatMul(Graph.Reshape(weight, width * Kernel, Kernel), BandConstant(flip)), width, Kernel * Padded, side);

    private string MapMatrix(string weight) =>
        Graph.Reshape(Graph.MatMul(Graph.Reshape(weight, width, Kernel * Kernel), MapConstant()), width, Pixels, Pixels);

    /// <summary>[7, padded side * side]: 1 where column j of the kernel joins input column u to output column x.</summary>
    private string BandConstant(bool flip)
    {
        var values = new float[Kernel * Padded * side];
        for (var j = 0; j < Kernel; j++)
        {
            for (var x = 0; x < side; x++)
            {
                var u = x + (flip ? Kernel - 1 - j : j);
                values[(((j * Padded) + u) * side) + x] = 1;
            }
        }
        return Graph.Shared($"band {side} {flip}", values, Kernel, Padded * side);
    }

    /// <summary>[49, pixels * pixels]: 1 where a tap of the kernel joins input pixel u to output pixel x.</summary>
    private string MapConstant()
    {
        var values = new float[Kernel * Kernel * Pixels * Pixels];
        for (var u = 0; u < Pixels; u++)
        {
            for (var x = 0; x < Pixels; x++)
            {
                int i = (u / side) - (x / side) + Padding, j = (u % side) - (x % side) + Padding;
                if (i is >= 0 and < Kernel && j is >= 0 and < Kernel)
                    values[(((i * Kernel) + j) * Pixels * Pixels) + (u * Pixels) + x] = 1;
            }
        }
        return Graph.Shared($"map {side}", values, Kernel * Kernel, Pixels * Pixels);
    }
}
