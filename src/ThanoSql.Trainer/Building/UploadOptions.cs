using System.Text.Json;
using ThanoSql.Language.Options;
using ThanoSql.Vision.Classifiers;

namespace ThanoSql.Trainer.Building;

/// <summary>The OPTIONS of UPLOAD MODEL.</summary>
/// <param name="Threshold">0 to 1: the score from which a label counts as sure.</param>
/// <param name="Import">What the file does not say of itself.</param>
/// <param name="Described">The first option written that describes a network of other makers; null when none was.</param>
internal sealed record UploadOptions(
    string ImageCol, string LabelCol, bool Overwrite, bool PyTorch, float Threshold, ImportOptions Import, Option? Described)
{
    private static readonly string[] Description =
        ["labels", "mean", "std", "pixel_range", "input_size", "resize_size", "color", "output", "scores", "threshold"];

    /// <param name="statement">Parsed from <paramref name="text"/>.</param>
    /// <exception cref="Language.ThanoSqlSyntaxException">An option is unknown, given twice, of the wrong type or out of range.</exception>
    public static UploadOptions Read(string text, UploadModelStatement statement)
    {
        var reader = new OptionReader(text, statement);
        var options = new UploadOptions(
            reader.Text("image_col", "image_path"),
            reader.Text("label_col", "label"),
            reader.Flag("overwrite", false),
            reader.OneOf("framework", "onnx", "onnx", "pytorch") == "pytorch",
            (float)reader.Number("threshold", 0, 0, 1),
            new ImportOptions
            {
                Labels = reader.TextList("labels"),
                Mean = reader.NumberList("mean", -1000, 1000),
                StandardDeviation = reader.NumberList("std", 1e-6, 1000),
                PixelRange = reader.WholeNumberOrNone("pixel_range", null, 1, 255),
                InputSize = reader.WholeNumberOrNone("input_size", null, Preprocessing.SmallestInput, Preprocessing.LargestInput),
                ResizeSize = reader.WholeNumberOrNone("resize_size", null, Preprocessing.SmallestInput, 2 * Preprocessing.LargestInput),
                Color = Enum.Parse<ChannelOrder>(reader.OneOf("color", "RGB", "RGB", "BGR", "GRAY"), ignoreCase: true),
                Output = reader.OptionalText("output"),
                Scores = Enum.Parse<ScoreKind>(reader.OneOf("scores", "auto", "auto", "logits", "probabilities"), ignoreCase: true),
            },
            statement.Options.Items.FirstOrDefault(o => Description.Contains(o.Name.Text, StringComparer.OrdinalIgnoreCase)));
        reader.Complete();
        return options;
    }

    /// <summary>For the catalog.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            image_col = ImageCol,
            label_col = LabelCol,
            threshold = Threshold,
            mean = Import.Mean,
            std = Import.StandardDeviation,
            pixel_range = Import.PixelRange,
            input_size = Import.InputSize,
            resize_size = Import.ResizeSize,
            color = Import.Color.ToString().ToUpperInvariant(),
            output = Import.Output,
            scores = Import.Scores.ToString(),
        });
}
