namespace ThanoSql.Query.Copying;

/// <summary>What COPY is told of a file; what it is not told it recognises.</summary>
/// <param name="Encoding">Of a text, for example <c>cp949</c>; null to recognise UTF-8, UTF-16 and CP949.</param>
/// <param name="Delimiter">Of a text, between values; null to recognise it in the header.</param>
/// <param name="Thousands">Inside numbers, which may then carry a currency sign, too: <c>,</c> for <c>₩9,900</c>. Null for none.</param>
/// <param name="Sheet">Of a workbook; null for the first that is not hidden.</param>
/// <param name="HeaderRow">Of a workbook: the row, from 1, that names the columns; null for the first that is not empty.</param>
internal sealed record TableFormat(
    string? Encoding = null, char? Delimiter = null, char? Thousands = null, string? Sheet = null, int? HeaderRow = null)
{
    public static TableFormat Recognised { get; } = new();

    /// <exception cref="ThanoSqlSyntaxException">A delimiter of several characters, or the like.</exception>
    public static TableFormat Read(Language.Options.OptionReader options) => new(
        options.OptionalText("encoding"),
        Character(options.OneOf("delimiter", "", ",", ";", "\t", "\\t", "|", "")),
        Character(options.OneOf("thousands", "", ",", ".", "'", " ", "")),
        options.OptionalText("sheet"),
        options.WholeNumberOrNone("header_row", null, 1, SheetFile.MostRows));

    private static char? Character(string text) => text switch
    {
        "" => null,
        "\\t" => '\t',
        _ => text[0],
    };
}
