namespace ThanoSql.Language.Lexing;

/// <summary>
/// Reads what people paste: outside literals, quoted names and comments a foreign space is a space, an invisible character is nothing, and foreign
/// punctuation is ASCII's. The length stays, so that every place is a place of the text as written; only letters behind an invisible character
/// inside a word move, and not out of the word.
/// </summary>
/// <remarks>
/// Where literals are is known only once a text is parsed. So all of it is changed first, which moves no quote and begins no comment; then it is
/// parsed, and literals, names and comments get their own characters back.
/// </remarks>
internal static class PastedText
{
    private const string Operators = "<>=!|~:&@^%?";

    /// <summary>The text with everything changed; the same instance when there is nothing foreign in it.</summary>
    public static string Plain(string written) => written.AsSpan().IndexOfAny(Foreign.Any) < 0
        ? written
        : string.Create(written.Length, written, static (plain, written) =>
        {
            for (var i = 0; i < written.Length; i++)
                plain[i] = Foreign.IsSpace(written[i]) ? ' ' : MakesComment(written, i) ? written[i] : Foreign.Twin(written[i]);
            for (var i = 0; i < plain.Length; i++)
            {
                if (IsNothing(plain, i))
                    i = Close(plain, i) - 1;
            }
        });

    /// <summary>The plain text with literals, quoted names and comments as they were written, but for curly quotes around them.</summary>
    /// <param name="query">The plain text's.</param>
    public static string Restore(string plain, string written, QuerySyntax query)
    {
        var restorer = new Restorer(plain, written);
        restorer.Clauses(0, query.Span.Start);
        restorer.Query(query);
        restorer.Clauses(query.Span.End, plain.Length);
        return restorer.Text;
    }

    // Two signs that would be --, /* or */ together are left as they are, for the lexer to refuse.
    private static bool MakesComment(string text, int i)
    {
        var twin = Foreign.Twin(text[i]);
        if (twin == text[i] || twin is not ('-' or '/' or '*'))
            return false;
        return IsMarker(i > 0 ? Foreign.Twin(text[i - 1]) : ' ', twin) || IsMarker(twin, i + 1 < text.Length ? Foreign.Twin(text[i + 1]) : ' ');
    }

    private static bool IsMarker(char first, char second) => (first, second) is ('-', '-') or ('/', '*') or ('*', '/');

    private static bool IsNothing(ReadOnlySpan<char> text, int i)
    {
        if (!Foreign.IsInvisible(text[i]))
            return false;
        var isJoined = (i > 0 && IsLetter(text[i - 1])) || (i + 1 < text.Length && IsLetter(text[i + 1]));
        return !(isJoined && Foreign.IsJoiner(text[i]));
    }

    // Of a script that may join its letters
    private static bool IsLetter(char c) => !char.IsAscii(c) && Characters.ContinuesWord(c) && !Foreign.IsInvisible(c);

    /// <summary>
    /// Puts spaces in the place of invisible characters; inside a word or an operator its rest moves up before them.
    /// </summary>
    /// <returns>Behind what was looked at.</returns>
    private static int Close(Span<char> text, int start)
    {
        var next = start;
        while (next < text.Length && IsNothing(text, next))
            next++;
        var kind = start > 0 ? KindOf(text[start - 1]) : Kind.Other;
        var end = start;
        while (next < text.Length && kind != Kind.Other && (IsNothing(text, next) || KindOf(text[next]) == kind))
        {
            if (!IsNothing(text, next))
                text[end++] = text[next];
            next++;
        }
        text[end..next].Fill(' ');
        return next;
    }

    private enum Kind
    {
        Other,
        Word,
        Operator,
    }

    private static Kind KindOf(char c) => Characters.ContinuesWord(c) ? Kind.Word : Operators.Contains(c) ? Kind.Operator : Kind.Other;

    private sealed class Restorer(string plain, string written)
    {
        private readonly char[] _text = plain.ToCharArray();

        public string Text => new(_text);

        public void Query(QuerySyntax query)
        {
            foreach (var part in query.Parts)
            {
                if (part is StatementPart { Statement: var statement })
                    Statement(statement);
                else
                    Stretch(part.Span.Start, part.Span.End, SqlLexer.Next, hashComments: false);
            }
        }

        public void Clauses(int start, int end) => Stretch(start, end, ClauseLexer.Next, hashComments: true);

        private void Statement(Statement statement)
        {
            if (statement.SourceQuery is not { } source)
            {
                Clauses(statement.Span.Start, statement.Span.End);
                return;
            }
            Clauses(statement.Span.Start, source.Span.Start);
            Query(source);
            Stretch(source.Span.End, statement.Span.End, SqlLexer.Next, hashComments: false);
        }

        private void Stretch(int start, int end, Func<string, int, Token> lexer, bool hashComments)
        {
            for (var offset = start; offset < end;)
            {
                var behind = Characters.IsSpace(plain[offset]) ? offset + 1 : Trivia.EndOfComment(plain, offset, hashComments);
                if (behind == offset)
                {
                    var token = lexer(plain, offset);
                    behind = token.Span.End;
                    if (token.Kind is TokenKind.Literal or TokenKind.QuotedName)
                        Restore(token.Span);
                }
                else if (!Characters.IsSpace(plain[offset]))
                {
                    Restore(TextSpan.FromBounds(offset, Math.Min(behind, end)), isComment: true);
                }
                offset = behind;
            }
        }

        private void Restore(TextSpan span, bool isComment = false)
        {
            written.CopyTo(span.Start, _text, span.Start, span.Length);
            var open = written.AsSpan(span.Start, span.Length).IndexOfAnyExcept("eEuU&") + span.Start;
            if (isComment || char.IsAscii(written[open]))
                return;
            var quote = Foreign.QuoteOf(written[open]);
            foreach (ref var c in _text.AsSpan(open, span.End - open))
            {
                if (Foreign.QuoteOf(c) == quote)
                    c = quote;
            }
        }
    }
}
