namespace ThanoSql.Language.Parsing;

/// <summary>Reads COPY and turns PostgreSQL's own COPY away, which reaches the database server's files and programs.</summary>
internal static class CopyParser
{
    public static CopyStatement Parse(Token verb, ClauseReader reader)
    {
        RefuseServerCopy(verb, reader, reader.Next.Is(reader.Text, '('));
        var table = reader.TableName();
        RefuseServerCopy(verb, reader, reader.Next.Is(reader.Text, '(') || reader.Next.Is(reader.Text, "TO"));
        var options = OptionParser.Parse(reader);
        reader.Expect("FROM");
        RefuseServerCopy(verb, reader, reader.Next.Is(reader.Text, "STDIN") || reader.Next.Is(reader.Text, "PROGRAM"));
        var from = reader.String("a path or JSON records in quotes");
        RefuseServerCopy(verb, reader, reader.Next.Kind == TokenKind.Word || reader.Next.Is(reader.Text, '('));
        return new CopyStatement(TextSpan.FromBounds(verb.Span.Start, reader.End), table, options, Source(reader.Text, from));
    }

    private static CopySource Source(string text, StringValue from)
    {
        var isRecords = from.Raw.AsSpan().TrimStart() is ['[' or '{', ..];
        return new CopySource(isRecords ? StringText.Unescape(from.Raw, text[from.Span.Start], isJson: true) : from.Text, isRecords, from.Span);
    }

    private static void RefuseServerCopy(Token verb, ClauseReader reader, bool isServerCopy)
    {
        if (isServerCopy && !reader.Next.Is(reader.Text, "OPTIONS"))
        {
            throw SyntaxErrors.At(
                reader.Text, verb.Span.Start, SyntaxErrorCodes.ServerCopy,
                $"PostgreSQL's own COPY is not supported (here: '{reader.Next.Span.Of(reader.Text)}').",
                $"COPY loads files of the store: {Usages.Of("COPY")}");
        }
    }
}
