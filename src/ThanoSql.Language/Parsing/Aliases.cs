using ThanoSql.Language.Lexing;

namespace ThanoSql.Language.Parsing;

/// <summary>Sees whether a derived table was given a name.</summary>
internal static class Aliases
{
    /// <summary>Whether an alias, with or without AS, follows at <paramref name="offset"/>, behind a closing parenthesis.</summary>
    public static bool Follows(string text, int offset)
    {
        var next = SqlLexer.Next(text, offset);
        return next.Kind == TokenKind.QuotedName || (next.Kind == TokenKind.Word && !SqlWords.IsNoAlias(next.Characters(text)));
    }
}
