using ThanoSql.Vision.Imaging;

namespace ThanoSql.Vision.FineTuning;

/// <summary>Crops → network inputs: a random part of random shape, mirrored every other time, resampled bilinearly; or the whole crop.</summary>
internal static class Augmentation
{
    private const double WidestRatio = 4.0 / 3;

    /// <param name="input">[3, side, side], normalised.</param>
    public static void Random(byte[] crop, int cropSide, Span<float> input, int side, double smallest, Random random)
    {
        var area = smallest + ((1 - smallest) * random.NextDouble());
        var ratio = Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(WidestRatio));
        var width = Math.Min(1, Math.Sqrt(area * ratio)) * cropSide;
        var height = Math.Min(1, Math.Sqrt(area / ratio)) * cropSide;
        var window = new Window(random.NextDouble() * (cropSide - width), random.NextDouble() * (cropSide - height), width, height);
        Resample(crop, cropSide, input, side, window, mirror: random.Next(2) == 1);
    }

    public static void Whole(byte[] crop, int cropSide, Span<float> input, int side) =>
        Resample(crop, cropSide, input, side, new(0, 0, cropSide, cropSide), mirror: false);

    private static void Resample(byte[] crop, int cropSide, Span<float> input, int side, Window window, bool mirror)
    {
        Span<Tap> columns = stackalloc Tap[side];
        for (var x = 0; x < side; x++)
            columns[mirror ? side - 1 - x : x] = Tap.At(window.Left + ((x + 0.5) * window.Width / side), cropSide);
        for (var channel = 0; channel < 3; channel++)
        {
            var plane = crop.AsSpan(channel * cropSide * cropSide, cropSide * cropSide);
            var scale = 1 / (255f * Preprocessing.StandardDeviation[channel]);
            var offset = -Preprocessing.Mean[channel] / Preprocessing.StandardDeviation[channel];
            for (var y = 0; y < side; y++)
            {
                var row = Tap.At(window.Top + ((y + 0.5) * window.Height / side), cropSide);
                ReadOnlySpan<byte> upper = plane.Slice(row.First * cropSide, cropSide), lower = plane.Slice(row.Second * cropSide, cropSide);
                var target = input.Slice(((channel * side) + y) * side, side);
                for (var x = 0; x < side; x++)
                {
                    var column = columns[x];
                    var above = upper[column.First] + (column.Share * (upper[column.Second] - upper[column.First]));
                    var below = lower[column.First] + (column.Share * (lower[column.Second] - lower[column.First]));
                    target[x] = ((above + (row.Share * (below - above))) * scale) + offset;
                }
            }
        }
    }

    private readonly record struct Window(double Left, double Top, double Width, double Height);

    /// <summary>Two neighbouring pixels and how much the second counts.</summary>
    private readonly record struct Tap(int First, int Second, float Share)
    {
        public static Tap At(double position, int side)
        {
            var centre = Math.Clamp(position - 0.5, 0, side - 1);
            var first = (int)centre;
            return new(first, Math.Min(first + 1, side - 1), (float)(centre - first));
        }
    }
}
