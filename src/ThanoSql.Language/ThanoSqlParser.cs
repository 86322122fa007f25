using ThanoSql.Language.Parsing;

namespace ThanoSql.Language;

/// <summary>
/// Finds the ThanoSQL statements in a text that is otherwise PostgreSQL's. All generations of the dialect are read and what was written is kept:
/// which generation a text belongs to is for those who run it.
/// </summary>
/// <remarks>
/// Inside a ThanoSQL clause both quote styles are strings and <c># …</c> is a comment; in SQL PostgreSQL's rules hold (<c>"…"</c> is a name, <c>#</c>
/// an operator), also in the source behind AS. A verb is no reserved word: it opens a statement only at the start of a request or of a source, or
/// directly behind a parenthesis where a query may stand. Time is linear in the length of the text. Foreign spaces, quotes and punctuation outside
/// literals are read as what they stand for: the text of the syntax is that, as long as the one that was written.
/// </remarks>
public static class ThanoSqlParser
{
    /// <summary>Reads one request: one statement, perhaps with one <c>;</c> behind it.</summary>
    /// <exception cref="ThanoSqlSyntaxException">The text is empty, holds several statements, or a ThanoSQL statement in it is wrong or
    /// misplaced.</exception>
    public static QuerySyntax Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plain = PastedText.Plain(text);
        var query = ParsePlain(plain);
        return ReferenceEquals(plain, text) ? query : ParsePlain(PastedText.Restore(plain, text, query));
    }

    private static QuerySyntax ParsePlain(string text)
    {
        var first = SqlLexer.Next(text, Trivia.Skip(text, 0, hashComments: true));
        if (first.Kind == TokenKind.End || first.Is(text, ';'))
            throw SyntaxErrors.At(text, first.Span.Start, SyntaxErrorCodes.EmptyQuery, "The request holds no statement.", "SELECT * FROM my_table");

        var scanner = new QueryScanner(new ParseContext(text), StatementPlace.TopLevel, commonTables: null);
        var query = scanner.Scan(first);
        ExpectEnd(text, query, scanner.End);
        return query;
    }

    private static void ExpectEnd(string text, QuerySyntax query, int end)
    {
        var next = ClauseLexer.Next(text, end);
        var hasSemicolon = next.Is(text, ';');
        if (hasSemicolon)
            next = SqlLexer.Next(text, next.Span.End);
        if (next.Kind == TokenKind.End)
            return;
        if (hasSemicolon)
            throw SyntaxErrors.SeveralStatements(text, next.Span.Start);
        throw next.Is(text, ')') || query.Statement is null
            ? SyntaxErrors.At(
                text, next.Span.Start, SyntaxErrorCodes.Unexpected, "This ')' closes nothing.", "Take it out, or put '(' where it should begin.")
            : Misplaced.Behind(text, query.Statement, next);
    }
}
