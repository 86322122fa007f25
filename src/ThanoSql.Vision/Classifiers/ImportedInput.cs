using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Classifiers;

/// <summary>The input of a network that takes pictures: [N, C, S, S], or [N, S, S, C].</summary>
/// <param name="Channels">3, or 1 for luminance.</param>
/// <param name="Side">S, in pixels.</param>
/// <param name="Batch">1 where only one picture at a time is taken, else -1.</param>
internal sealed record ImportedInput(string Name, DataType Type, int Channels, bool ChannelsLast, int Side, int Batch)
{
    private static readonly DataType[] Types = [DataType.Float, DataType.Uint8, DataType.Float16, DataType.Double];

    /// <param name="askedSide">For a network that leaves it open; else null.</param>
    /// <exception cref="ModelFileException">The network takes no pictures, or does not say how large.</exception>
    public static ImportedInput Of(GraphProto graph, int? askedSide, string source)
    {
        var constants = graph.Initializer.Select(i => i.Name).ToHashSet();
        var inputs = graph.Input.Where(i => !constants.Contains(i.Name)).ToList();
        if (inputs.Count != 1)
        {
            throw new ModelFileException(
                $"{source} has {inputs.Count} inputs ({string.Join(", ", inputs.Select(i => i.Name))}); a classifier of pictures has one.");
        }

        var (name, type) = (inputs[0].Name, (DataType)(inputs[0].Type?.TensorType?.ElemType ?? 0));
        var shape = inputs[0].Type?.TensorType?.Shape?.Dim.Select(d => d.DimValue > 0 ? (int)Math.Min(d.DimValue, int.MaxValue) : -1).ToArray() ?? [];
        if (!Types.Contains(type) || shape.Length != 4 || !shape[1..].Any(d => d is 1 or 3 or -1))
        {
            throw new ModelFileException(
                $"{source} takes no pictures: its input '{name}' is {type} [{Describe(shape)}], "
                + "and Float, Float16 or Uint8 [N, 3, S, S] or [N, S, S, 3] is wanted.");
        }
        if (shape[1] is not (1 or 3) && shape[3] is not (1 or 3))
        {
            throw new ModelFileException(
                $"{source} does not say where its input '{name}' [{Describe(shape)}] has its channels: export it with 3 of them fixed.");
        }

        if (shape[0] > 1)
            throw new ModelFileException($"{source} takes {shape[0]} pictures at once: export it for a batch of 1, or one of free size.");
        var last = shape[1] is not (1 or 3);
        var side = SideOf(last ? shape[1..3] : shape[2..4], askedSide, source);
        return new ImportedInput(name, type, last ? shape[3] : shape[1], last, side, shape[0]);
    }

    private static int SideOf(int[] sides, int? asked, string source)
    {
        var given = sides.Where(s => s > 0).Distinct().ToList();
        if (given.Count > 1)
            throw new ModelFileException($"{source} takes pictures of {sides[1]} x {sides[0]} pixels; only square ones are supported.");
        if (given.Count == 0 && asked is null)
            throw new ModelFileException($"{source} leaves the size of its pictures open. Say which it was trained with: OPTIONS (input_size=224).");
        if (given.Count == 1 && asked is not null && asked != given[0])
        {
            throw new ModelFileException(
                $"{source} takes pictures of {given[0]} x {given[0]} pixels, so input_size={asked} cannot be: leave it out.");
        }

        var side = given.Count == 1 ? given[0] : asked!.Value;
        return side is >= Preprocessing.SmallestInput and <= Preprocessing.LargestInput
            ? side
            : throw new ModelFileException(
                $"{source} takes pictures of {side} x {side} pixels; {Preprocessing.SmallestInput} to {Preprocessing.LargestInput} are supported.");
    }

    private static string Describe(int[] shape) => string.Join(", ", shape.Select(d => d > 0 ? $"{d}" : "?"));
}

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
        {
            throw new ModelFileException(
                $"The network takes {channels.Length} channels, and {option} has {given.Count} values: "
                + "give one, or one a channel in the network's order.");
        }
        return [.. channels.Select((_, c) => (float)given[given.Count == 1 ? 0 : c])];
    }

    private static string List(float[] values) =>
        string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)))}]");
}
