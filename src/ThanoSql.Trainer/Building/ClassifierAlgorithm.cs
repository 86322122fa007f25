using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Trainer.Building;

/// <summary>The algorithms that BUILD MODEL … USING may name.</summary>
internal static class ClassifierAlgorithm
{
    // The dialect's other algorithms: they parse, and are refused by name.
    private static readonly string[] OutOfScope =
    [
        "EfficientNetV2S", "EfficientNetV2M", "AutomlClassifier", "AutomlRegressor", "AlbertKo", "AlbertEn", "ElectraKo", "ElectraEn", "Wav2Vec2Ko",
        "Wav2Vec2En", "TFT", "SimCLR", "SBERTKo", "SBERTEn", "Color_Descriptor", "Light_FM", "LDAREC", "CLIP", "XCLIP", "Whisper", "ViLT",
    ];

    /// <exception cref="QueryException">The name is not an algorithm, or not one for images that runs here.</exception>
    public static ConvNeXtVariant Of(Name name, string text)
    {
        var at = TextPosition.Of(text, name.Span.Start);
        // Names of algorithms are case sensitive in the dialect
        if (ConvNeXtVariant.Known.FirstOrDefault(v => v.AlgorithmName == name.Text) is { } variant)
            return variant;
        var supported = string.Join(", ", ConvNeXtVariant.Known.Select(v => v.AlgorithmName));
        if (OutOfScope.Contains(name.Text, StringComparer.Ordinal))
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"{name.Text} is not supported. Image classifiers are built with {supported}.", at);
        }

        var nearest = NearestName.Of(name.Text, [.. ConvNeXtVariant.Known.Select(v => v.AlgorithmName), .. OutOfScope]);
        var meant = nearest is null ? "" : $" Did you mean {nearest}?";
        throw new QueryException(ErrorCode.UnknownAlgorithm, $"There is no algorithm '{name.Text}'.{meant} There are: {supported}.", at);
    }
}
