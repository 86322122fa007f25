namespace ThanoSql.Language.Completion;

/// <summary>Where in a statement a place is: parentheses that are closed before it do not count.</summary>
/// <param name="Verb">The first word of the query or statement around it, in upper case.</param>
/// <param name="Word">The last word that begins a clause; the verb where there is none.</param>
internal readonly record struct Clause(string Verb, string Word)
{
    private static readonly string[] Beginnings =
        ["SELECT", "FROM", "WHERE", "ON", "USING", "BY", "HAVING", "SET", "INTO", "VALUES", "LIMIT", "OFFSET", "RETURNING", "OPTIONS", "AS"];

    public static Clause Of(string text, List<Token> tokens)
    {
        var around = new Stack<Clause>();
        var at = new Clause("", "");
        foreach (var token in tokens)
        {
            if (token.Is(text, '('))
            {
                around.Push(at);
                at = new Clause("", "");
            }
            else if (token.Is(text, ')'))
            {
                at = around.TryPop(out var outside) ? outside : new Clause("", "");
            }
            else if (token.Is(text, ';'))
            {
                at = new Clause("", "");
            }
            else if (token.Kind == TokenKind.Word)
            {
                at = at.Then(token.Characters(text).ToString().ToUpperInvariant());
            }
        }
        // An operator's or a function's parenthesis belongs to the clause around it
        return at.Verb.Length == 0 && around.TryPeek(out var outer) ? outer : at;
    }

    // The source of a ThanoSQL statement is a query of its own
    private Clause Then(string word) =>
        Verb.Length == 0 || (Word == "AS" && word is "SELECT" or "WITH") ? new Clause(word, word)
        : Beginnings.Contains(word) || (word == "JOIN" && Word is "FROM" or "ON" or "USING") ? this with { Word = word == "JOIN" ? "FROM" : word }
        : this;
}
