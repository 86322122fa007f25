using System.Globalization;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Models;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Classifiers;

/// <summary>
/// From the pixels that every trunk gets, normalised by ImageNet's statistics, to those that a network wants: channels, then times scale plus offset.
/// </summary>
/// <param name="Channels">Which of red, green, blue, in the network's order.</param>
/// <param name="Scale">One a channel of the network.</param>
/// <param name="Offset">One a channel of the network.</param>
/// <param name="Description">For people.</param>
internal sealed record ImportedPixels(long[] Channels, float[] Scale, float[] Offset, string Description)
{
    /// <exception cref="ModelFileException">Mean or standard deviation do not fit the channels.</exception>
    public static ImportedPixels Of(ImportedInput input, ImportOptions options)
    {
        long[] channels = input.Channels == 1 ? [0] : options.Color == ChannelOrder.Bgr ? [2, 1, 0] : [0, 1, 2];
        var bytes = input.Type == DataType.Uint8;
        var range = options.PixelRange ?? (bytes ? 255 : 1);
        var likeImageNet = input.Channels == 3 && range == 1;
        var mean = Each(options.Mean, "mean", channels, likeImageNet ? Preprocessing.Mean : null, 0);
        var deviation = Each(options.StandardDeviation, "std", channels, likeImageNet ? Preprocessing.StandardDeviation : null, 1);
        var scale = new float[channels.Length];
        var offset = new float[channels.Length];
        for (var c = 0; c < channels.Length; c++)
        {
            var (ownMean, ownDeviation) = (Preprocessing.Mean[(int)channels[c]], Preprocessing.StandardDeviation[(int)channels[c]]);
            scale[c] = ownDeviation * range / deviation[c];
            // Casting to bytes cuts off what rounding would keep
            offset[c] = ((ownMean * range - mean[c]) / deviation[c]) + (bytes ? 0.5f : 0);
        }
        return new ImportedPixels(channels, scale, offset, $"pixels from 0 to {range}, mean {List(mean)}, std {List(deviation)}");
    }

    private static float[] Each(IReadOnlyList<double>? given, string option, long[] channels, IReadOnlyList<float>? usual, float otherwise)
    {
        if (given is null)
            return [.. channels.Select(c => usual?[(int)c] ?? otherwise)];
        if (given.Count != 1 && given.Count != channels.Length)
            throw new ModelFileException($"The network takes {channels.Length} channels, and {option} has {given.Count} values: give one, or one a channel in the network's order.");
        return [.. channels.Select((_, c) => (float)given[given.Count == 1 ? 0 : c])];
    }

    private static string List(float[] values) =>
        string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)))}]");
}
