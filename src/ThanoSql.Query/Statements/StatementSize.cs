using ThanoSql.Language.Lexing;

namespace ThanoSql.Query.Statements;

/// <summary>
/// Refuses texts that cost PostgreSQL, or us, far more than their length: what it compares with each other (names of WITH queries, of FROM items)
/// and plans together (joins) it does without looking for a cancellation. Measured on PostgreSQL 15: 140,000 WITH queries 80 s, 5,000 joins 68 s,
/// 200 NATURAL FULL JOINs of pg_class without end and 11 GB; at the limits all of them less than 6 s.
/// </summary>
internal static class StatementSize
{
    private const int FullJoin = 4; // its columns are expressions over both sides, which grow with each
    private const int ShortestJoin = 5;

    // Rows of constants are no names
    private static readonly string[] Constants = ["NULL", "TRUE", "FALSE", "DEFAULT"];

    /// <summary>Before it is read: only COPY carries more than its own text.</summary>
    /// <exception cref="QueryException">It is longer than any statement may be.</exception>
    public static void CheckText(string text, QueryLimits limits)
    {
        if (IsLonger(text.Length, limits) && SqlCommandWords.Of(text).FirstOrDefault() != "COPY")
            throw TooLong(limits);
    }

    /// <exception cref="QueryException">It is too long, has too many words or joins, or too many statements inside.</exception>
    public static void Check(QuerySyntax query, QueryLimits limits)
    {
        var records = query.Statement is CopyStatement { Source: { IsRecords: true } source } ? source.Span.Length : 0;
        if (IsLonger(query.Text.Length - records, limits))
            throw TooLong(limits);
        var count = new Count();
        Add(query, count);
        if (count.Nested > limits.Nested)
            throw Refused($"{count.Nested} statements inside one", $"{limits.Nested}", nameof(QueryLimits.Nested), "Run them one after another.");
        if (count.Joins > limits.Joins)
            throw Refused($"{count.Joins} joins", $"{limits.Joins}", nameof(QueryLimits.Joins), "Join step by step, through tables.");
        if (count.Words > limits.Words)
            throw Refused($"{count.Words} names and keywords", $"{limits.Words}", nameof(QueryLimits.Words), "Put long lists into a table: COPY.");
    }

    private static void Add(QuerySyntax query, Count count)
    {
        foreach (var part in query.Parts)
        {
            if (part is SqlPart sql && sql.Span.Length >= ShortestJoin)
                Add(sql.Span.Of(query.Text), count);
            if (part is not StatementPart { Statement: var statement })
                continue;
            count.Nested++;
            var source = statement switch
            {
                SourcedStatement sourced => sourced.Source,
                FunctionStatement function => function.Source,
                CreateTableUsingStatement create => create.Source,
                _ => null,
            };
            if (source is not null)
                Add(source, count);
        }
    }

    private static void Add(string sql, Count count)
    {
        var isFull = false;
        for (var token = SqlLexer.Next(sql, 0); token.Kind != TokenKind.End; token = SqlLexer.Next(sql, token.Span.End))
        {
            if (token.Kind == TokenKind.QuotedName)
                count.Words++;
            if (token.Kind != TokenKind.Word)
                continue;
            if (token.Is(sql, "JOIN"))
                count.Joins += isFull ? FullJoin : 1;
            if (!token.Is(sql, "OUTER"))
                isFull = token.Is(sql, "FULL");
            if (!Constants.Any(constant => token.Is(sql, constant)))
                count.Words++;
        }
    }

    // Of UTF-16; Korean takes three bytes to two of these
    private static bool IsLonger(int characters, QueryLimits limits) => characters > limits.StatementMegabytes * 1_000_000L;

    private static QueryException TooLong(QueryLimits limits) => new(
        ErrorCode.TooLarge, $"The statement is longer than {limits.StatementMegabytes} million characters (Query:Limits:StatementMegabytes).",
        hint: "Load data with COPY, whose records may be longer.");

    private static QueryException Refused(string found, string most, string setting, string hint) => new(
        ErrorCode.TooLarge, $"The statement has {found}; {most} are the most (Query:Limits:{setting}).", hint: hint);

    private sealed class Count
    {
        public int Words { get; set; }

        public int Joins { get; set; }

        public int Nested { get; set; }
    }
}
