namespace ThanoSql.Query.Copying;

/// <summary>What COPY is told of a file of text; what it is not told it recognises.</summary>
/// <param name="Encoding">For example <c>cp949</c>; null to recognise UTF-8, UTF-16 and CP949.</param>
/// <param name="Delimiter">Between values; null to recognise it in the header.</param>
/// <param name="Thousands">Inside numbers, which may then carry a currency sign, too: <c>,</c> for <c>₩9,900</c>. Null for none.</param>
internal sealed record TableFormat(string? Encoding = null, char? Delimiter = null, char? Thousands = null)
{
    public static TableFormat Recognised { get; } = new();

    /// <exception cref="ThanoSqlSyntaxException">A delimiter of several characters, or the like.</exception>
    public static TableFormat Read(Language.Options.OptionReader options) => new(
        options.OptionalText("encoding"),
        Character(options.OneOf("delimiter", "", ",", ";", "\t", "\\t", "|", "")),
        Character(options.OneOf("thousands", "", ",", ".", "'", " ", "")));

    private static char? Character(string text) => text switch
    {
        "" => null,
        "\\t" => '\t',
        _ => text[0],
    };
}
