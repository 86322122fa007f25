using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Trunks;

/// <summary>ConvNeXt as the paper writes it, in loops and doubles: slow and independent of the graph. Maps are [channel][row, column].</summary>
internal static class NaiveConvNeXt
{
    public static double[] Embed(SafeTensors weights, ConvNeXtVariant variant, float[] image, int side)
    {
        var x = Enumerable.Range(0, 3).Select(c => Map(side, (r, k) => image[c * side * side + r * side + k])).ToArray();
        x = Norm(weights, "stem.1", Patches(weights, "stem.0", x, variant.Widths[0], 4));
        for (int stage = 0; stage < 4; stage++)
        {
            if (stage > 0)
                x = Patches(weights, $"stages.{stage}.downsample.1", Norm(weights, $"stages.{stage}.downsample.0", x), variant.Widths[stage], 2);
            for (int block = 0; block < variant.Depths[stage]; block++)
                x = Block(weights, $"stages.{stage}.blocks.{block}", x);
        }
        var pooled = x.Select(map => Map(1, (_, _) => map.Cast<double>().Average())).ToArray();
        var embedding = Norm(weights, "head.norm", pooled).Select(m => m[0, 0]).ToArray();
        var length = Math.Sqrt(embedding.Sum(v => v * v));
        return [.. embedding.Select(v => v / length)];
    }

    private static double[][,] Block(SafeTensors weights, string name, double[][,] x)
    {
        int width = x.Length;
        var kernel = weights.Read($"{name}.conv_dw.weight", width, 1, 7, 7);
        var bias = weights.Read($"{name}.conv_dw.bias", width);
        var gamma = weights.Read($"{name}.gamma", width);
        var y = x.Select((map, c) => Map(map.GetLength(0), (row, column) => bias[c] + Around(map, kernel.AsSpan(c * 49, 49), row, column))).ToArray();
        y = Pointwise(weights, $"{name}.mlp.fc1", Norm(weights, $"{name}.norm", y), 4 * width);
        y = [.. y.Select(map => Map(map.GetLength(0), (r, k) => Gelu(map[r, k])))];
        y = Pointwise(weights, $"{name}.mlp.fc2", y, width);
        return [.. x.Select((map, c) => Map(map.GetLength(0), (r, k) => map[r, k] + gamma[c] * y[c][r, k]))];
    }

    private static double Around(double[,] map, ReadOnlySpan<float> kernel, int row, int column)
    {
        double sum = 0;
        for (int i = 0; i < 49; i++)
        {
            int r = row + i / 7 - 3, k = column + i % 7 - 3;
            if (r >= 0 && k >= 0 && r < map.GetLength(0) && k < map.GetLength(1))
                sum += kernel[i] * map[r, k];
        }
        return sum;
    }

    private static double[][,] Patches(SafeTensors weights, string name, double[][,] x, int widthOut, int size)
    {
        var kernel = weights.Read($"{name}.weight", widthOut, x.Length, size, size);
        var bias = weights.Read($"{name}.bias", widthOut);
        return [.. Enumerable.Range(0, widthOut).Select(o => Map(x[0].GetLength(0) / size, (row, column) =>
        {
            double sum = bias[o];
            for (int i = 0; i < x.Length * size * size; i++)
                sum += kernel[o * x.Length * size * size + i] * x[i / (size * size)][row * size + i / size % size, column * size + i % size];
            return sum;
        }))];
    }

    private static double[][,] Pointwise(SafeTensors weights, string name, double[][,] x, int widthOut)
    {
        var weight = weights.Read($"{name}.weight", widthOut, x.Length);
        var bias = weights.Read($"{name}.bias", widthOut);
        return [.. Enumerable.Range(0, widthOut).Select(o => Map(x[0].GetLength(0), (r, k) =>
            bias[o] + Enumerable.Range(0, x.Length).Sum(i => weight[o * x.Length + i] * x[i][r, k])))];
    }

    private static double[][,] Norm(SafeTensors weights, string name, double[][,] x)
    {
        var weight = weights.Read($"{name}.weight", x.Length);
        var bias = weights.Read($"{name}.bias", x.Length);
        var result = x.Select(map => (double[,])map.Clone()).ToArray();
        int side = x[0].GetLength(0);
        for (int at = 0; at < side * side; at++)
        {
            int r = at / side, k = at % side;
            double mean = x.Average(map => map[r, k]), variance = x.Average(map => Math.Pow(map[r, k] - mean, 2));
            for (int c = 0; c < x.Length; c++)
                result[c][r, k] = (x[c][r, k] - mean) / Math.Sqrt(variance + 1e-6) * weight[c] + bias[c];
        }
        return result;
    }

    private static double Gelu(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    // The Taylor series: exact to double precision for the small values here.
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 5)
            return Math.Sign(x);
        double term = x, sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static double[,] Map(int side, Func<int, int, double> value)
    {
        var map = new double[side, side];
        for (int at = 0; at < side * side; at++)
            map[at / side, at % side] = value(at / side, at % side);
        return map;
    }
}
