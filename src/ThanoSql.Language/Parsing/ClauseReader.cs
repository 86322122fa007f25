using ThanoSql.Language.Lexing;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Language.Parsing;

/// <summary>Reads a ThanoSQL statement token by token and says what was expected where something else stands.</summary>
/// <param name="verb">The statement's opening words, for messages.</param>
internal sealed class ClauseReader(string text, string verb, int offset)
{
    /// <summary>Words that part a statement and therefore name nothing unless quoted.</summary>
    private static readonly string[] Separators = ["USING", "OPTIONS", "AS", "FROM"];

    public string Text => text;

    public Token Next { get; private set; } = ClauseLexer.Next(text, offset);

    /// <summary>The end of the token read last.</summary>
    public int End { get; private set; } = offset;

    public Token Take()
    {
        var taken = Next;
        SkipTo(taken.Span.End);
        return taken;
    }

    /// <summary>Goes on at <paramref name="end"/>, behind something that another reader has read.</summary>
    public void SkipTo(int end)
    {
        End = end;
        Next = ClauseLexer.Next(text, end);
    }

    public bool TakeIf(string word)
    {
        if (!Next.Is(text, word))
            return false;
        Take();
        return true;
    }

    public bool TakeIf(char symbol)
    {
        if (!Next.Is(text, symbol))
            return false;
        Take();
        return true;
    }

    /// <summary>Takes one of the words and gives its index.</summary>
    public int Expect(params string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (TakeIf(words[i]))
                return i;
        }

        var nearest = Next.Kind == TokenKind.Word ? NearestName.Of(Next.Span.Of(text), words) : null;
        throw Unexpected($"needs {Choice(words)}", nearest is null ? null : $"Did you mean {nearest}?");
    }

    public void Expect(char symbol, string what)
    {
        if (!TakeIf(symbol))
            throw Unexpected($"needs '{symbol}' {what}");
    }

    /// <summary>A name, bare or in quotes.</summary>
    /// <param name="what">Whose name, with its article: <c>a model name</c>.</param>
    public Name Name(string what)
    {
        if (Next.Kind == TokenKind.Literal)
        {
            var quoted = String(what);
            return quoted.Text.Length > 0
                ? new Name(quoted.Text, quoted.Span, IsQuoted: true)
                : throw SyntaxErrors.At(
                    text, quoted.Span.Start, SyntaxErrorCodes.Unexpected, $"{verb} needs {what}; the quotes are empty.", Usages.Of(verb));
        }
        if (Next.Kind != TokenKind.Word || Separators.Any(word => Next.Is(text, word)))
            throw Unexpected($"needs {what}");
        var word = Take();
        return new Name(word.Span.Of(text), word.Span, IsQuoted: false);
    }

    public TableName TableName()
    {
        var name = Name("a table name");
        return TakeIf('.') ? new TableName(name, Name("a table name behind the schema")) : new TableName(null, name);
    }

    /// <param name="what">What the string says, with its article: <c>a path in quotes</c>.</param>
    public StringValue String(string what)
    {
        if (Next.Kind != TokenKind.Literal)
            throw Unexpected($"needs {what}");
        var token = Take();
        var raw = text.Substring(token.Span.Start + 1, token.Span.Length - 2);
        return new StringValue(StringText.Unescape(raw, text[token.Span.Start], isJson: false), raw, token.Span);
    }

    /// <summary>The error for the token that comes next.</summary>
    /// <param name="needs">Behind the statement's verb: <c>needs a name</c>.</param>
    public ThanoSqlSyntaxException Unexpected(string needs, string? hint = null)
    {
        var found = Next.Kind == TokenKind.End ? "the text ends" : $"found '{Shorten(Next.Span.Of(text))}'";
        return SyntaxErrors.At(text, Next.Span.Start, SyntaxErrorCodes.Unexpected, $"{verb} {needs} here, but {found}.", Hint(hint));
    }

    private string Hint(string? hint) => hint is null ? Usages.Of(verb) : $"{hint} {Usages.Of(verb)}";

    private static string Choice(string[] words) => words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";

    private static string Shorten(string found) => found.Length <= 40 ? found : $"{found[..40]}…";
}
