namespace ThanoSql.Language.Parsing;

/// <summary>What the parsers of one text share: the text and how deep they are in it.</summary>
internal sealed class ParseContext(string text)
{
    /// <summary>Far more than people write, far less than a thread's stack or PostgreSQL's own parser bears.</summary>
    public const int MostParentheses = 1000;
    public const int MostStatements = 32;
    public const int MostLists = 32;

    private int _parentheses;
    private int _statements;

    public string Text => text;

    public void OpenParenthesis(int offset)
    {
        if (++_parentheses > MostParentheses)
            throw SyntaxErrors.TooDeep(text, offset, "parentheses", MostParentheses);
    }

    public void CloseParenthesis() => _parentheses--;

    public void EnterStatement(int offset)
    {
        if (++_statements > MostStatements)
            throw SyntaxErrors.TooDeep(text, offset, "statements", MostStatements);
    }

    public void LeaveStatement() => _statements--;
}
