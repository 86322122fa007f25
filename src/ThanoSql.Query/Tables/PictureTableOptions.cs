using ThanoSql.Language.Options;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Tables;

/// <summary>
/// The OPTIONS of CREATE TABLE … USING. <c>batch_size</c> is read and ignored, and so is <c>path_type</c> where there is a source instead of a path.
/// </summary>
/// <param name="IsFile">Whether the path names one picture, and no folder.</param>
/// <param name="Extensions">Files that count, with their point; in lower case.</param>
/// <param name="ImageCol">Null for <c>image_path</c> of a folder, and for the model's own of a source.</param>
/// <param name="ResultCol">Null for <c>model_slug</c>.</param>
internal sealed record PictureTableOptions(bool IsFile, IReadOnlyList<string> Extensions, bool Overwrite, Option? ImageCol, Option? ResultCol)
{
    /// <param name="statement">Parsed from <paramref name="text"/>.</param>
    /// <exception cref="QueryException">Other data than pictures is asked for.</exception>
    /// <exception cref="ThanoSqlSyntaxException">An option is unknown, given twice, of the wrong type or out of range.</exception>
    public static PictureTableOptions Read(string text, CreateTableUsingStatement statement)
    {
        var reader = new OptionReader(text, statement);
        var data = reader.OneOf("data_type", "image", "image", "audio", "video");
        if (data != "image")
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"{statement.Verb} of {data} is not supported: this engine embeds images.",
                TextPosition.Of(text, reader.Value("data_type")!.Span.Start));
        }
        reader.OptionalText("image_col");
        reader.OptionalText("result_col");
        reader.WholeNumber("batch_size", 16, 1, 65_536);
        var options = new PictureTableOptions(
            reader.OneOf("path_type", "folder", "folder", "file") == "file", ExtensionsOf(text, reader), reader.Flag("overwrite", false),
            Written(statement, reader, "image_col"), Written(statement, reader, "result_col"));
        reader.Complete();
        return options;
    }

    /// <summary>The text of an option of names; null when it is not there.</summary>
    public static string? TextOf(Option? option) => option?.Value switch
    {
        StringValue value => value.Text,
        NameValue value => value.Text,
        _ => null,
    };

    /// <summary>Whether a file counts.</summary>
    public bool Takes(string key) => Extensions.Contains(Path.GetExtension(key), StringComparer.OrdinalIgnoreCase);

    private static Option? Written(CreateTableUsingStatement statement, OptionReader reader, string name) =>
        reader.Value(name) is { } value and not NoneValue ? statement.Options.Items.First(o => o.Value == value) : null;

#pragma warning disable CA1308 // extensions are written in lower case
    private static IReadOnlyList<string> ExtensionsOf(string text, OptionReader reader)
    {
        var asked = reader.TextList("file_type").Select(e => '.' + e.TrimStart('.').ToLowerInvariant()).Distinct().ToList();
        if (asked.Find(e => !ImageSignature.Extensions.Contains(e)) is not { } other)
            return asked.Count == 0 ? ImageSignature.Extensions : asked;
        throw new QueryException(
            ErrorCode.NotSupported, $"Files of the type '{other}' are not read as pictures.",
            TextPosition.Of(text, reader.Value("file_type")!.Span.Start), $"There are: {string.Join(", ", ImageSignature.Extensions)}.");
    }
#pragma warning restore CA1308
}
