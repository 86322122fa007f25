using System.Buffers;

namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Fills a step with the photographs of a step. Order and augmentation follow from seed, epoch and photograph alone, so that a run can be resumed
/// at any step.
/// </summary>
internal sealed class BatchFeeder
{
    private readonly LabelledCrops _crops;
    private readonly int[] _labels;
    private readonly FineTuneOptions _options;
    private int _orderedEpoch = -1;
    private int[] _order = [];

    public BatchFeeder(LabelledCrops crops, IReadOnlyList<string> labels, FineTuneOptions options)
    {
        (_crops, _options) = (crops, options);
        var positions = labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        _labels = [.. crops.Labels.Select(label => positions[label])];
        StepsPerEpoch = (crops.Count + options.BatchSize - 1) / options.BatchSize;
    }

    public int StepsPerEpoch { get; }

    /// <param name="step">From 0, over all epochs.</param>
    /// <returns>How many photographs the step has.</returns>
    public int Fill(IStepper stepper, int step)
    {
        var (epoch, within) = Math.DivRem(step, StepsPerEpoch);
        var batch = Order(epoch).AsMemory(within * _options.BatchSize);
        batch = batch[..Math.Min(_options.BatchSize, batch.Length)];
        Parallel.For(0, stepper.BatchSize, slot =>
        {
            var target = stepper.Target(slot);
            target.Clear();
            if (slot >= batch.Length)
                return;
            var index = batch.Span[slot];
            var random = new Random(HashCode(_options.Seed, epoch, index));
            Cut(index, stepper.Picture(slot), random);
            target.Fill((float)(_options.LabelSmoothing / target.Length / batch.Length));
            var certain = (1 - _options.LabelSmoothing) / batch.Length;
            var share = _options.MixUp > 0 ? MixIn(random.Next(_crops.Count), stepper.Picture(slot), target, certain, random) : 0;
            target[_labels[index]] += (float)((1 - share) * certain);
        });
        return batch.Length;
    }

    private void Cut(int index, Span<float> picture, Random random) =>
        Augmentation.Random(_crops.Read(index), _crops.Side, picture, _options.EffectiveTrainingSize, _options.SmallestCut, random);

    /// <summary>Mixes another photograph and its label in.</summary>
    /// <returns>Its share.</returns>
    private double MixIn(int other, Span<float> picture, Span<float> target, double certain, Random random)
    {
        var share = Augmentation.MixingShare(_options.MixUp, random);
        var buffer = ArrayPool<float>.Shared.Rent(picture.Length);
        var second = buffer.AsSpan(0, picture.Length);
        Cut(other, second, random);
        TensorPrimitives.Multiply(picture, (float)(1 - share), picture);
        TensorPrimitives.MultiplyAdd(second, (float)share, picture, picture);
        ArrayPool<float>.Shared.Return(buffer);
        target[_labels[other]] += (float)(share * certain);
        return share;
    }

    private int[] Order(int epoch)
    {
        if (epoch == _orderedEpoch)
            return _order;
        _order = [.. Enumerable.Range(0, _crops.Count)];
        new Random(HashCode(_options.Seed, epoch, -1)).Shuffle(_order);
        _orderedEpoch = epoch;
        return _order;
    }

    /// <summary>The same in every process, unlike System.HashCode.</summary>
    private static int HashCode(int seed, int epoch, int index) =>
        unchecked((int)((((((ulong)(uint)seed * 0x9E3779B97F4A7C15) + (uint)epoch) * 0xBF58476D1CE4E5B9) + (uint)index) * 0x94D049BB133111EB >> 33));
}

/// <summary>
/// Decoded photographs with labels. They are kept as squares somewhat larger than the network's input, so that no photograph is decoded twice
/// and every pass can still cut and mirror it anew.
/// </summary>
/// <param name="Labels">One per crop.</param>
/// <param name="Side">Of every crop, in pixels; at least the input size.</param>
/// <param name="Read">Index → [3, side, side] bytes, red, green and blue planes. Called from several threads.</param>
public sealed record LabelledCrops(IReadOnlyList<string> Labels, int Side, Func<int, byte[]> Read)
{
    public int Count => Labels.Count;

    /// <summary>
    /// The bytes of what <see cref="ImageDecoder"/> gives for a pre-processing whose input size is the crop's side: [3, side, side].
    /// </summary>
    public static byte[] FromTensor(ReadOnlySpan<float> tensor)
    {
        var bytes = new byte[tensor.Length];
        var plane = tensor.Length / 3;
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(
                MathF.Round(255 * ((tensor[i] * Preprocessing.StandardDeviation[i / plane]) + Preprocessing.Mean[i / plane])), 0, 255);
        }

        return bytes;
    }
}

/// <summary>Crops → network inputs: a random part of random shape, mirrored every other time, resampled bilinearly; or the centre as it is.</summary>
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

    /// <summary>
    /// The central square, pixel by pixel: of a crop of <see cref="Preprocessing.ResizeSide"/>, what the trunk is given when it is used.
    /// </summary>
    public static void Centre(byte[] crop, int cropSide, Span<float> input, int side)
    {
        var margin = (cropSide - side) / 2;
        Resample(crop, cropSide, input, side, new(margin, margin, side, side), mirror: false);
    }

    /// <summary>A share between 0 and 1 from the Beta distribution with both parameters <paramref name="alpha"/>, above 0 to 1.</summary>
    public static double MixingShare(double alpha, Random random)
    {
        // Jöhnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen" (1964), in logarithms: small powers would vanish
        while (true)
        {
            double a = Math.Log(1 - random.NextDouble()) / alpha, b = Math.Log(1 - random.NextDouble()) / alpha;
            var largest = Math.Max(a, b);
            var sum = largest + Math.Log(Math.Exp(a - largest) + Math.Exp(b - largest));
            if (sum <= 0)
                return Math.Exp(a - sum);
        }
    }

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
