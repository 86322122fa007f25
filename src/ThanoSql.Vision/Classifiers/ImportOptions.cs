namespace ThanoSql.Vision.Classifiers;

/// <summary>What a classifier's file does not say of itself. A picture becomes <c>(pixel / 255 * PixelRange - Mean) / Std</c>.</summary>
public sealed record ImportOptions
{
    /// <summary>In the order of its outputs; empty for those in the file's metadata.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>One value, or one a channel in the network's order. Null: ImageNet's for three channels from 0 to 1, else 0.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>As <see cref="Mean"/>, above 0. Null: ImageNet's for three channels from 0 to 1, else 1.</summary>
    public IReadOnlyList<double>? StandardDeviation { get; init; }

    /// <summary>What white is before mean and standard deviation, 1 or 255; null for 255 where the input holds bytes, else 1.</summary>
    public int? PixelRange { get; init; }

    /// <summary>Side of the square input in pixels, for a file that leaves it open; else null.</summary>
    public int? InputSize { get; init; }

    /// <summary>Short side in pixels after resizing, from which the central square is cut; null for 8/7 of the input.</summary>
    public int? ResizeSize { get; init; }

    public ChannelOrder Color { get; init; }

    /// <summary>Name of the output with the scores; null where there is only one.</summary>
    public string? Output { get; init; }

    public ScoreKind Scores { get; init; }
}

/// <summary>The channels that a network wants of a picture.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue; luminance for a network of one channel.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,

    /// <summary>Luminance, in every channel.</summary>
    Gray,
}

/// <summary>What a network's scores are.</summary>
public enum ScoreKind
{
    /// <summary>Probabilities where the scores of every tried picture are none below 0 and sum to 1, else logits.</summary>
    Auto,

    /// <summary>Their softmax are the probabilities. Logarithms of probabilities are such.</summary>
    Logits,

    /// <summary>None below 0; they are scaled to sum to 1.</summary>
    Probabilities,
}
