namespace ThanoSql.Language.Lexing;

/// <summary>A token of a text; its characters are <c>Span.Of(text)</c>.</summary>
public readonly record struct Token(TokenKind Kind, TextSpan Span)
{
    /// <summary>Whether it is this bare word, case aside.</summary>
    public bool Is(string text, string word) => Kind == TokenKind.Word && Characters(text).Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is this one character.</summary>
    public bool Is(string text, char symbol)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Kind == TokenKind.Symbol && text[Span.Start] == symbol;
    }

    public ReadOnlySpan<char> Characters(string text) => text.AsSpan(Span.Start, Span.Length);
}

/// <summary>What a token is.</summary>
public enum TokenKind
{
    End,

    /// <summary>A keyword or bare name.</summary>
    Word,

    /// <summary><c>"name"</c> in SQL.</summary>
    QuotedName,
    Literal,
    Number,

    /// <summary><c>$1</c></summary>
    Parameter,

    /// <summary>One character of punctuation or of an operator.</summary>
    Symbol,
}
