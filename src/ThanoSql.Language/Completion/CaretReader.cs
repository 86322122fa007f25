namespace ThanoSql.Language.Completion;

/// <summary>
/// Tells from the words before the caret what may be written there. The text is being written, so nothing about it need be right: this looks at the
/// clause that the caret is in, and never fails.
/// </summary>
public static class CaretReader
{
    private static readonly string[] Applied = ["PREDICT", "EVALUATE", "CONVERT", "TRANSFORM", "GENERATE", "SEARCH", "FIT", "CREATE"];
    private static readonly string[] BeforeTables = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "TRUNCATE"];
    private static readonly string[] BeforeColumns =
    [
        "SELECT", "DISTINCT", "WHERE", "AND", "OR", "NOT", "ON", "BY", "HAVING", "SET", "RETURNING", "WHEN", "THEN", "ELSE", "CASE", "BETWEEN",
    ];
    private static readonly string[] BeforeNewNames = ["AS", "LIMIT", "OFFSET", "VIEW", "INDEX", "DATASET"];
    private static readonly string[] BeforeQueries = ["AS", "FROM", "IN", "EXISTS", "UNION", "ALL", "INTERSECT", "EXCEPT", "JOIN"];

    /// <param name="text">Of the editor.</param>
    /// <param name="offset">Of the caret, in UTF-16 code units from 0.</param>
    public static Caret Read(string text, int offset)
    {
        ArgumentNullException.ThrowIfNull(text);
        var before = text[..Math.Clamp(offset, 0, text.Length)];
        var (tokens, open) = Tokens.Of(before);
        var mentions = Mentions.In(text);
        var caret = open is { } start ? InOpenText(before, tokens, start) : AtWord(before, tokens);
        return caret with { Tables = mentions.Tables, Models = mentions.Models };
    }

    // Behind a quote or the beginning of a comment that is not closed
    private static Caret InOpenText(string text, List<Token> tokens, int start)
    {
        var isKeyword = tokens.Count > 1 && tokens[^1].Is(text, '=') && tokens[^2].Is(text, "keyword");
        if (text[start] == '\'' || (text[start] == '"' && isKeyword))
            return new Caret(CaretPlace.Label, start + 1, text[(start + 1)..]) { Column = ComparedColumn(text, tokens) };
        return new Caret(CaretPlace.Nothing, text.Length, "");
    }

    private static Caret AtWord(string text, List<Token> tokens)
    {
        var isTyping = tokens.Count > 0 && tokens[^1].Kind == TokenKind.Word && tokens[^1].Span.End == text.Length;
        var before = isTyping ? tokens[..^1] : tokens;
        var start = isTyping ? tokens[^1].Span.Start : text.Length;
        var isNumber = before.Count > 0 && before[^1].Kind == TokenKind.Number && before[^1].Span.End == start;
        if (isNumber)
            return new Caret(CaretPlace.Nothing, start, text[start..]);
        string? qualifier = null;
        if (before.Count > 1 && before[^1].Is(text, '.'))
        {
            qualifier = Names.Fold(before[^2].Characters(text));
            before = before[..^2];
        }
        var place = PlaceOf(text, before);
        if (qualifier is not null && place != CaretPlace.Table)
            place = CaretPlace.Column;
        var verb = place == CaretPlace.Model ? Clause.Of(text, before).Verb : "";
        return new Caret(place, start, text[start..]) { Qualifier = qualifier, Verb = verb };
    }

    private static CaretPlace PlaceOf(string text, List<Token> before)
    {
        if (before.Count == 0)
            return CaretPlace.Start;
        var clause = Clause.Of(text, before);
        var last = before[^1];
        if (last.Is(text, '('))
            return BehindParenthesis(text, before, clause);
        if (last.Is(text, ','))
            return clause.Word is "FROM" ? CaretPlace.Table : CaretPlace.Column;
        if (last.Kind != TokenKind.Word)
            return last.Kind == TokenKind.Symbol && !last.Is(text, ')') ? CaretPlace.Column : CaretPlace.Keyword;
        var word = last.Characters(text).ToString().ToUpperInvariant();
        if (word == "AS" && Applied.Append("BUILD").Append("PRINT").Contains(clause.Verb))
            return CaretPlace.Start;
        if (word == "USING")
            return clause.Verb == "BUILD" ? CaretPlace.Algorithm : Applied.Contains(clause.Verb) ? CaretPlace.Model : CaretPlace.Table;
        if (word == "MODEL")
            return clause.Verb == "BUILD" || clause.Verb == "UPLOAD" ? CaretPlace.Nothing : CaretPlace.Model;
        return BeforeTables.Contains(word) ? CaretPlace.Table
            : BeforeNewNames.Contains(word) ? CaretPlace.Nothing
            : BeforeColumns.Contains(word) || clause.Word is "SELECT" or "WHERE" or "ON" or "BY" or "HAVING" or "SET" ? CaretPlace.Column
            : CaretPlace.Keyword;
    }

    private static CaretPlace BehindParenthesis(string text, List<Token> before, Clause clause)
    {
        if (before.Count == 1)
            return CaretPlace.Start;
        var opener = before[^2].Kind == TokenKind.Word ? before[^2].Characters(text).ToString().ToUpperInvariant() : "";
        return opener == "OPTIONS" ? CaretPlace.Nothing
            : BeforeQueries.Contains(opener) || clause.Word is "FROM" ? CaretPlace.Start
            : CaretPlace.Column;
    }

    // column = '…, column IN ('a', '…
    private static string ComparedColumn(string text, List<Token> tokens)
    {
        for (var i = tokens.Count - 1; i >= 0; i--)
        {
            var token = tokens[i];
            if (token.Kind == TokenKind.QuotedName || (token.Kind == TokenKind.Word && !IsOperator(token.Characters(text))))
                return Names.Fold(token.Characters(text));
            if (token.Is(text, ')') || token.Is(text, ';'))
                break;
        }
        return "";
    }

    private static bool IsOperator(ReadOnlySpan<char> word) =>
        word.Equals("IN", StringComparison.OrdinalIgnoreCase) || word.Equals("NOT", StringComparison.OrdinalIgnoreCase)
        || word.Equals("LIKE", StringComparison.OrdinalIgnoreCase) || word.Equals("ILIKE", StringComparison.OrdinalIgnoreCase)
        || word.Equals("ANY", StringComparison.OrdinalIgnoreCase) || word.Equals("ARRAY", StringComparison.OrdinalIgnoreCase);
}
