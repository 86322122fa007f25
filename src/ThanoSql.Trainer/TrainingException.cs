using ThanoSql.Language;

namespace ThanoSql.Trainer;

/// <summary>A run cannot do what was asked. The message says what to do; the code is one of <see cref="TrainingErrorCodes"/>.</summary>
public sealed class TrainingException(string code, string message, TextPosition? position = null) : Exception(message)
{
    public string Code { get; } = code;

    /// <summary>Where in the statement; null when no place is at fault.</summary>
    public TextPosition? Position { get; } = position;
}

/// <summary>Stable names of a run's errors, for programs.</summary>
public static class TrainingErrorCodes
{
    public const string ModelExists = "model_exists";
    public const string UnknownModel = "unknown_model";
    public const string UnknownVersion = "unknown_version";
    public const string UnknownAlgorithm = "unknown_algorithm";
    public const string NotSupported = "not_supported";
    public const string OptionOutOfRange = "option_out_of_range";
    public const string UnknownColumn = "unknown_column";
    public const string EmptySource = "empty_source";
    public const string TooFewLabels = "too_few_labels";
    public const string SingleImageLabel = "single_image_label";
    public const string LabelsDiffer = "labels_differ";
    public const string MissingImages = "missing_images";
    public const string NotFound = "not_found";
    public const string TooLarge = "too_large";
    public const string UnusableModel = "unusable_model";
    public const string TrunkNotAvailable = "trunk_not_available";
    public const string NothingToRollBack = "nothing_to_roll_back";
}
