using System.Collections.Frozen;

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

/// <summary>One line per statement that shows how it is written.</summary>
internal static class Usages
{
    private static readonly FrozenDictionary<string, string> Lines = new Dictionary<string, string>
    {
        ["BUILD MODEL"] = "BUILD MODEL my_model USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label') AS SELECT * FROM my_table",
        ["FIT MODEL"] = "FIT MODEL my_model USING my_first_model OPTIONS (image_col='image_path', label_col='label') AS SELECT * FROM my_table",
        ["UPLOAD MODEL"] = "UPLOAD MODEL my_model OPTIONS (overwrite=True) FROM 'folder/model.onnx'",
        ["DELETE MODEL"] = "DELETE MODEL my_model",
        ["PREDICT"] = "PREDICT USING my_model OPTIONS (result_col='predict_result') AS SELECT * FROM my_table",
        ["EVALUATE"] = "EVALUATE USING my_model OPTIONS (image_col='image_path', label_col='label') AS SELECT * FROM my_table",
        ["CONVERT"] = "CONVERT USING my_model OPTIONS (result_col='convert_result') AS SELECT * FROM my_table",
        ["TRANSFORM"] = "TRANSFORM USING my_model AS SELECT * FROM my_table",
        ["GENERATE"] = "GENERATE USING my_model OPTIONS (text_col='text') AS SELECT * FROM my_table",
        ["SEARCH"] = "SEARCH IMAGE keyword='apple' USING my_model OPTIONS (top_k=20) AS SELECT * FROM my_table",
        ["FUNCTION"] = "FUNCTION compute.similarity OPTIONS (top_k=1) AS SELECT * FROM my_table",
        ["PRINT"] = "PRINT IMAGE OPTIONS (image_col='image_path') AS SELECT image_path FROM my_table LIMIT 5",
        ["PREPROCESS"] = "PREPROCESS IMAGE USING my_method FROM 'folder'",
        ["COPY"] = "COPY my_table OPTIONS (if_exists='replace') FROM 'folder/rows.csv'",
        ["LIST"] = "LIST TABLE, LIST MODEL, LIST THANOSQL MODEL or LIST THANOSQL DATASET",
        ["GET"] = "GET THANOSQL DATASET diet_data or GET THANOSQL MODEL convnext",
        ["GET THANOSQL DATASET"] = "GET THANOSQL DATASET diet_data OPTIONS (overwrite=True)",
        ["GET THANOSQL MODEL"] = "GET THANOSQL MODEL convnext OPTIONS (model_name='my_model', overwrite=True)",
        ["CREATE TABLE USING"] = "CREATE TABLE my_table USING my_model OPTIONS (data_type='image') FROM 'folder'",
    }.ToFrozenDictionary();

    public static string Of(string verb) => Lines[verb];
}
