using System.Text.Json;
using ThanoSql.Language.Options;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// The OPTIONS of BUILD MODEL … USING SimCLR in all generations. Of those that trained a network, <c>batch_size</c>, <c>max_epochs</c> and
/// <c>pretrained</c> are read and have no effect, and neither has <c>filename_col</c> or <c>label_col</c>.
/// </summary>
/// <param name="ImageCol">Null: the first of <c>image_path</c>, <c>image</c> and <c>path</c> that the source has.</param>
/// <param name="LabelCol">Kept with the model; a classifier under its name may use it.</param>
internal sealed record EmbeddingOptions(string? ImageCol, string LabelCol, bool Overwrite, ModelDialect Dialect)
{
    public static readonly string[] UsualImageCols = ["image_path", "image", "path"];

    /// <param name="statement">Parsed from <paramref name="text"/>.</param>
    /// <param name="fallback">The dialect of a text that has neither <c>epochs</c> nor <c>max_epochs</c>.</param>
    /// <exception cref="Language.ThanoSqlSyntaxException">An option is unknown, given twice, of the wrong type or out of range.</exception>
    public static EmbeddingOptions Read(string text, BuildModelStatement statement, ModelDialect fallback)
    {
        var reader = new OptionReader(text, statement);
        var options = new EmbeddingOptions(
            reader.OptionalText("image_col"), reader.Text("label_col", "label"), reader.Flag("overwrite", false),
            BuildOptions.DialectOf(statement.Options, fallback));
        reader.OptionalText("filename_col");
        reader.WholeNumber("batch_size", 256, 1, 65_536);
        reader.WholeNumber("max_epochs", 5, 1, 100_000);
        reader.Flag("pretrained", false);
        reader.Complete();
        return options;
    }

    /// <summary>For the catalog.</summary>
    /// <param name="imageCol">The column that was read.</param>
    public static string ToJson(string imageCol) => JsonSerializer.Serialize(new { image_col = imageCol });
}
