using ThanoSql.Language;
using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Planning.Options;

/// <summary>What SEARCH IMAGE looks for, and how.</summary>
/// <param name="Keyword">A label, or a synonym of one.</param>
/// <param name="KeywordSpan">Where it stands.</param>
/// <param name="TopK">Rows at most; null for all.</param>
/// <param name="MinScore">0 to 1.</param>
internal sealed record SearchOptions(
    Name Model, string? ImageColumn, string Keyword, TextSpan KeywordSpan, string ResultColumn, int? TopK, double MinScore)
{
    /// <exception cref="QueryException">Another kind of search, or no model.</exception>
    public static SearchOptions Read(SearchStatement statement, string text)
    {
        if (statement.Kind != MediaKind.Image)
            throw NotSupported(statement, text, $"SEARCH {statement.Kind.ToString().ToUpperInvariant()}");
        var reader = new OptionReader(text, statement);
        var input = SearchInput.Read(text, statement, reader);
        if (input.By != "keyword")
            throw NotSupported(statement, text, $"SEARCH IMAGE by {input.By}");
        if (input.Values is not [var keyword])
        {
            throw new QueryException(
                ErrorCode.NotSupported, "SEARCH IMAGE looks for one keyword at a time.", TextPosition.Of(text, input.Span.Start),
                "Join several searches with UNION ALL.");
        }

        var options = new SearchOptions(
            statement.Model
                ?? throw NoModel(statement, text), reader.OptionalText("image_col"), keyword, input.Span, reader.Text("result_col", "search_result"),
            reader.WholeNumberOrNone("top_k", null, 1, int.MaxValue), reader.Number("min_score", 0, 0, 1));
        Accepted.Read(reader);
        reader.Complete();
        return options;
    }

    private static QueryException NoModel(SearchStatement statement, string text) => new(
        ErrorCode.UnknownModel, "SEARCH IMAGE needs a model.", TextPosition.Of(text, statement.Span.Start),
        "SEARCH IMAGE keyword='…' USING my_model AS SELECT * FROM …");

    private static QueryException NotSupported(SearchStatement statement, string text, string what) => new(
        ErrorCode.NotSupported,
        $"{what}{(statement.Model is { } model ? $" USING {model}" : "")} is not supported: this engine finds images by keyword.",
        TextPosition.Of(text, statement.Span.Start), "SEARCH IMAGE keyword='…' USING my_model AS SELECT * FROM …");
}
