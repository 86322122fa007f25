namespace ThanoSql.Language.Options;

/// <summary>What a SEARCH looks for, from either place where the dialect lets it be said.</summary>
/// <param name="By">image, text, audio, video or keyword.</param>
/// <param name="Values">One text, or several from a list.</param>
/// <param name="Span">Where the values stand.</param>
public sealed record SearchInput(string By, IReadOnlyList<string> Values, TextSpan Span)
{
    private static readonly string[] Kinds = ["image", "text", "audio", "video", "keyword"];

    /// <summary>
    /// <c>keyword = 'apple'</c> before USING (singular and plural are one), or the options <c>search_by</c> and <c>search_input</c>, which count as
    /// read afterwards.
    /// </summary>
    /// <exception cref="ThanoSqlSyntaxException">Neither, both, an unknown kind, or values that are no texts.</exception>
    public static SearchInput Read(string text, SearchStatement search, OptionReader options)
    {
        ArgumentNullException.ThrowIfNull(search);
        ArgumentNullException.ThrowIfNull(options);

        var by = options.OneOf("search_by", "", Kinds);
        var values = options.TextList("search_input");
        if (search.Input is { } input)
        {
            return options.WrittenAs("search_input") is { } twice
                ? throw OptionErrors.Duplicate(text, search.Options.Items.First(o => o.Name.Text == twice), input)
                : Before(text, search, input);
        }

        if (values.Count == 0)
            throw OptionErrors.Missing(text, search, "search_input");
        if (by.Length == 0)
            throw OptionErrors.Missing(text, search, "search_by");
        return new SearchInput(by, values, options.Value("search_input")!.Span);
    }

    private static SearchInput Before(string text, SearchStatement search, Option input)
    {
        var by = Kinds.FirstOrDefault(kind => Names(kind, input.Name.Text)) ?? throw OptionErrors.Unknown(text, search, input, Kinds);
        var items = input.Value is ListValue list ? list.Items : [input.Value];
        var values = items.OfType<StringValue>().Select(value => value.Text).ToList();
        return values.Count == items.Count && values.Count > 0
            ? new SearchInput(by, values, input.Value.Span)
            : throw OptionErrors.WrongType(text, input, "a text in quotes, or a list of them");
    }

    private static bool Names(string kind, string key) =>
        string.Equals(kind, key, StringComparison.OrdinalIgnoreCase) || string.Equals($"{kind}s", key, StringComparison.OrdinalIgnoreCase);
}
