using ThanoSql.Language.Lexing;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Language.Parsing;

/// <summary>
/// Reads one query: SQL of PostgreSQL's, which passes through, and the ThanoSQL statements inside its parentheses; or one ThanoSQL statement. Goes over the text once;
/// plain parentheses take no stack.
/// </summary>
internal sealed class QueryScanner(ParseContext context, StatementPlace place, CommonTable? commonTables)
{
    private readonly List<QueryPart> parts = [];
    private readonly Stack<Frame> frames = new();
    private readonly string text = context.Text;
    private Token beforePrevious;
    private Token previous;
    private int sqlStart;

    private Frame Level => frames.Peek();

    /// <summary>Offset behind the query's last token, with the parentheses of a source.</summary>
    public int End { get; private set; }

    /// <summary>Reads from <paramref name="first"/>, the query's first token, to the end, a <c>;</c>, or the parenthesis that closes around the query.</summary>
    public QuerySyntax Scan(Token first)
    {
        if (StatementStarts.AtStart(text, first))
        {
            var statement = new StatementParser(context, commonTables).Parse(first);
            End = statement.Span.End;
            return new QuerySyntax(text, statement.Span, [new StatementPart(statement.Span, statement, place) { CommonTables = commonTables }]);
        }

        Misspellings.ThrowAtStart(text, first);
        sqlStart = first.Span.Start;
        frames.Push(new Frame(sqlStart, StatementPlace.QueryTerm, commonTables));
        for (var token = first; !IsEnd(token); token = SqlLexer.Next(text, previous.Span.End))
            Take(token);
        return Finish(first.Span.Start);
    }

    private int Start => parts.Count == 0 ? sqlStart : parts[0].Span.Start;

    private bool IsEnd(Token token)
    {
        if (token.Is(text, ')'))
            return frames.Count == 1;
        if (token.Kind != TokenKind.End && !token.Is(text, ';'))
            return false;
        if (frames.Count == 1)
            return true;
        throw token.Kind == TokenKind.End
            ? SyntaxErrors.Unterminated(text, Level.Open, "parenthesis", ")")
            : SyntaxErrors.SeveralStatements(text, token.Span.Start);
    }

    private void Take(Token token)
    {
        if (token.Is(text, '('))
            Open(token);
        else if (token.Is(text, ')'))
            Close(token);
        else
        {
            if (token.Kind == TokenKind.Word && !previous.Is(text, '.') && StatementStarts.Anywhere(text, token))
                throw Misplaced.Bare(text, token, Start, Level);
            Level.Add(text, token, previous, beforePrevious);
            Advance(token);
        }
    }

    private void Open(Token token)
    {
        context.OpenParenthesis(token.Span.Start);
        var inner = Level.PlaceBehind(text, previous, beforePrevious);
        var tables = Level.With.TablesInBody;
        Level.Add(text, token, previous, beforePrevious);
        frames.Push(new Frame(token.Span.Start, inner, tables));
        Advance(token);

        var first = SqlLexer.Next(text, token.Span.End);
        if (StatementStarts.InParentheses(text, first))
            TakeStatement(first);
        else if (inner is not null && StatementStarts.LooksMisspelt(text, first))
            throw Misspellings.UnknownVerb(text, first);
    }

    private void TakeStatement(Token first)
    {
        if (Level.Place is not { } inner)
        {
            if (StatementStarts.Anywhere(text, first))
                throw Misplaced.Argument(text, first);
            return;
        }
        Misplaced.ThrowIfStored(text, Start, first);

        var statement = new StatementParser(context, Level.With.Tables).Parse(first);
        if (!statement.IsNestable)
            throw Misplaced.TopLevelOnly(text, statement);
        parts.Add(new SqlPart(TextSpan.FromBounds(sqlStart, statement.Span.Start)));
        parts.Add(new StatementPart(statement.Span, statement, inner) { CommonTables = Level.With.Tables });
        sqlStart = statement.Span.End;
        Level.Add(text, first, previous, beforePrevious);
        Level.SolePart = parts.Count - 1;
        Advance(first with { Span = statement.Span });
        ExpectClosed(statement);
    }

    private void ExpectClosed(Statement statement)
    {
        var next = ClauseLexer.Next(text, statement.Span.End);
        if (next.Is(text, ')'))
            return;
        if (next.Is(text, ';'))
            throw SyntaxErrors.SeveralStatements(text, next.Span.Start);
        throw next.Kind == TokenKind.End
            ? SyntaxErrors.Unterminated(text, Level.Open, "parenthesis", ")")
            : Misplaced.Behind(text, statement, next);
    }

    private void Close(Token token)
    {
        context.CloseParenthesis();
        var closed = frames.Pop();
        if (closed.Place == StatementPlace.CommonTable && Level.With.AwaitsBody)
            Level.With.EndBody(token.Span.End);

        var isFirst = Level.First?.Span.Start == closed.Open;
        if (isFirst && Level.FirstClosed < 0)
        {
            Level.FirstClosed = token.Span.End;
            Level.FirstContent = TextSpan.FromBounds(closed.First?.Span.Start ?? token.Span.Start, previous.Span.End);
        }
        Level.SolePart = isFirst ? closed.SolePart : -1;
        if (closed.SolePart >= 0)
            parts[closed.SolePart] = ((StatementPart)parts[closed.SolePart]) with
            {
                Parentheses = TextSpan.FromBounds(closed.Open, token.Span.End),
                HasAlias = Aliases.Follows(text, token.Span.End),
            };
        Advance(token);
    }

    private QuerySyntax Finish(int start)
    {
        End = previous.Span.End;
        if (End > sqlStart)
            parts.Add(new SqlPart(TextSpan.FromBounds(sqlStart, End)));
        var query = new QuerySyntax(text, TextSpan.FromBounds(start, End), parts);
        var inParentheses = place == StatementPlace.Source && Level.FirstClosed == End;
        return inParentheses ? SourceParentheses.Strip(query, Level) : query;
    }

    private void Advance(Token token) => (beforePrevious, previous) = (previous, token);
}
