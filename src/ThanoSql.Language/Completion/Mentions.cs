using ThanoSql.Language.Parsing;

namespace ThanoSql.Language.Completion;

/// <summary>The tables and models that a text names.</summary>
internal sealed record Mentions(IReadOnlyList<TableMention> Tables, IReadOnlyList<string> Models)
{
    private static readonly string[] BeforeTables = ["FROM", "JOIN", "UPDATE", "INTO", "TABLE"];

    public static Mentions In(string text)
    {
        var (tokens, _) = Tokens.Of(text);
        var tables = new List<TableMention>();
        var models = new List<string>();
        var inFrom = false;
        for (var i = 0; i < tokens.Count; i++)
        {
            var word = tokens[i].Kind == TokenKind.Word ? tokens[i].Characters(text).ToString().ToUpperInvariant() : "";
            if (word == "USING" && i + 1 < tokens.Count && IsName(tokens[i + 1]))
                models.Add(Names.Fold(tokens[i + 1].Characters(text)));
            else if (BeforeTables.Contains(word) || (inFrom && tokens[i].Is(text, ',')))
                i = ReadTable(text, tokens, i + 1, tables) - 1;
            inFrom = word is "FROM" or "JOIN" || (inFrom && !SqlWords.EndsFrom(word));
        }
        return new Mentions(tables, models);
    }

    // What comes behind it
    private static int ReadTable(string text, List<Token> tokens, int i, List<TableMention> tables)
    {
        if (i >= tokens.Count || !IsName(tokens[i]) || Keywords.Starts.Contains(tokens[i].Characters(text).ToString().ToUpperInvariant()))
            return i;
        var name = Names.Fold(tokens[i++].Characters(text));
        string? schema = null;
        if (i + 1 < tokens.Count && tokens[i].Is(text, '.') && IsName(tokens[i + 1]))
        {
            (schema, name) = (name, Names.Fold(tokens[i + 1].Characters(text)));
            i += 2;
        }
        if (i < tokens.Count && tokens[i].Is(text, "AS"))
            i++;
        string? alias = null;
        if (i < tokens.Count && IsName(tokens[i]) && !SqlWords.IsNoAlias(tokens[i].Characters(text)))
            alias = Names.Fold(tokens[i++].Characters(text));
        tables.Add(new TableMention(schema, name, alias));
        return i;
    }

    private static bool IsName(Token token) => token.Kind is TokenKind.Word or TokenKind.QuotedName;
}
