namespace ThanoSql.Language.Parsing;

/// <summary>
/// Reads one query: SQL of PostgreSQL's, which passes through, and the ThanoSQL statements inside its parentheses; or one ThanoSQL statement. Goes
/// over the text once; plain parentheses take no stack.
/// </summary>
internal sealed class QueryScanner(ParseContext context, StatementPlace place, CommonTable? commonTables)
{
    private readonly List<QueryPart> _parts = [];
    private readonly Stack<Frame> _frames = new();
    private readonly string _text = context.Text;
    private Token _beforePrevious;
    private Token _previous;
    private int _sqlStart;

    private Frame Level => _frames.Peek();

    /// <summary>Offset behind the query's last token, with the parentheses of a source.</summary>
    public int End { get; private set; }

    /// <summary>
    /// Reads from <paramref name="first"/>, the query's first token, to the end, a <c>;</c>, or the parenthesis that closes around the query.
    /// </summary>
    public QuerySyntax Scan(Token first)
    {
        if (StatementStarts.AtStart(_text, first))
        {
            var statement = new StatementParser(context, commonTables).Parse(first);
            End = statement.Span.End;
            return new QuerySyntax(_text, statement.Span, [new StatementPart(statement.Span, statement, place) { CommonTables = commonTables }]);
        }

        Misspellings.ThrowAtStart(_text, first);
        _sqlStart = first.Span.Start;
        _frames.Push(new Frame(_sqlStart, StatementPlace.QueryTerm, commonTables));
        for (var token = first; !IsEnd(token); token = SqlLexer.Next(_text, _previous.Span.End))
            Take(token);
        return Finish(first.Span.Start);
    }

    private int Start => _parts.Count == 0 ? _sqlStart : _parts[0].Span.Start;

    private bool IsEnd(Token token)
    {
        if (token.Is(_text, ')'))
            return _frames.Count == 1;
        if (token.Kind != TokenKind.End && !token.Is(_text, ';'))
            return false;
        if (_frames.Count == 1)
            return true;
        throw token.Kind == TokenKind.End
            ? SyntaxErrors.Unterminated(_text, Level.Open, "parenthesis", ")")
            : SyntaxErrors.SeveralStatements(_text, token.Span.Start);
    }

    private void Take(Token token)
    {
        if (token.Is(_text, '('))
        {
            Open(token);
        }
        else if (token.Is(_text, ')'))
        {
            Close(token);
        }
        else
        {
            if (token.Kind == TokenKind.Word && !_previous.Is(_text, '.') && StatementStarts.Anywhere(_text, token))
                throw Misplaced.Bare(_text, token, Start, Level);
            Level.Add(_text, token, _previous, _beforePrevious);
            Advance(token);
        }
    }

    private void Open(Token token)
    {
        context.OpenParenthesis(token.Span.Start);
        var inner = Level.PlaceBehind(_text, _previous, _beforePrevious);
        var tables = Level.With.TablesInBody;
        Level.Add(_text, token, _previous, _beforePrevious);
        _frames.Push(new Frame(token.Span.Start, inner, tables));
        Advance(token);

        var first = SqlLexer.Next(_text, token.Span.End);
        if (StatementStarts.InParentheses(_text, first))
            TakeStatement(first);
        else if (inner is not null && StatementStarts.LooksMisspelt(_text, first))
            throw Misspellings.UnknownVerb(_text, first);
    }

    private void TakeStatement(Token first)
    {
        if (Level.Place is not { } inner)
        {
            if (StatementStarts.Anywhere(_text, first))
                throw Misplaced.Argument(_text, first);
            return;
        }
        Misplaced.ThrowIfStored(_text, Start, first);

        var statement = new StatementParser(context, Level.With.Tables).Parse(first);
        if (!statement.IsNestable)
            throw Misplaced.TopLevelOnly(_text, statement);
        _parts.Add(new SqlPart(TextSpan.FromBounds(_sqlStart, statement.Span.Start)));
        _parts.Add(new StatementPart(statement.Span, statement, inner) { CommonTables = Level.With.Tables });
        _sqlStart = statement.Span.End;
        Level.Add(_text, first, _previous, _beforePrevious);
        Level.SolePart = _parts.Count - 1;
        Advance(first with { Span = statement.Span });
        ExpectClosed(statement);
    }

    private void ExpectClosed(Statement statement)
    {
        var next = ClauseLexer.Next(_text, statement.Span.End);
        if (next.Is(_text, ')'))
            return;
        if (next.Is(_text, ';'))
            throw SyntaxErrors.SeveralStatements(_text, next.Span.Start);
        throw next.Kind == TokenKind.End
            ? SyntaxErrors.Unterminated(_text, Level.Open, "parenthesis", ")")
            : Misplaced.Behind(_text, statement, next);
    }

    private void Close(Token token)
    {
        context.CloseParenthesis();
        var closed = _frames.Pop();
        if (closed.Place == StatementPlace.CommonTable && Level.With.AwaitsBody)
            Level.With.EndBody(token.Span.End);

        var isFirst = Level.First?.Span.Start == closed.Open;
        if (isFirst && Level.FirstClosed < 0)
        {
            Level.FirstClosed = token.Span.End;
            Level.FirstContent = TextSpan.FromBounds(closed.First?.Span.Start ?? token.Span.Start, _previous.Span.End);
        }
        Level.SolePart = isFirst ? closed.SolePart : -1;
        if (closed.SolePart >= 0)
        {
            _parts[closed.SolePart] = ((StatementPart)_parts[closed.SolePart]) with
            {
                Parentheses = TextSpan.FromBounds(closed.Open, token.Span.End),
                HasAlias = AliasFollows(token.Span.End),
            };
        }

        Advance(token);
    }

    private QuerySyntax Finish(int start)
    {
        End = _previous.Span.End;
        if (End > _sqlStart)
            _parts.Add(new SqlPart(TextSpan.FromBounds(_sqlStart, End)));
        var query = new QuerySyntax(_text, TextSpan.FromBounds(start, End), _parts);
        var inParentheses = place == StatementPlace.Source && Level.FirstClosed == End;
        return inParentheses ? WithoutParentheses(query) : query;
    }

    /// <summary>A source that is one pair of parentheses, <c>AS ( … )</c>, reads like one without.</summary>
    private QuerySyntax WithoutParentheses(QuerySyntax source)
    {
        var content = Level.FirstContent;
        if (content.Length <= 0) // below 0: nothing but a comment or white space
        {
            throw SyntaxErrors.At(
                _text, Level.Open, SyntaxErrorCodes.Unexpected, "The parentheses behind AS hold no query.", "AS (SELECT * FROM my_table)");
        }

        if (Level.SolePart >= 0)
        {
            var sole = (StatementPart)_parts[Level.SolePart] with { Place = StatementPlace.Source };
            return source with { Span = sole.Span, Parts = [sole] };
        }
        return source with { Span = content, Parts = [.. _parts.Select(part => Clip(part, content)).Where(part => part.Span.Length > 0)] };
    }

    private static QueryPart Clip(QueryPart part, TextSpan content) =>
        part is SqlPart
            ? new SqlPart(TextSpan.FromBounds(Math.Max(part.Span.Start, content.Start), Math.Min(part.Span.End, content.End)))
            : part;

    /// <summary>Whether an alias, with or without AS, follows the parenthesis that closes before <paramref name="offset"/>.</summary>
    private bool AliasFollows(int offset)
    {
        var next = SqlLexer.Next(_text, offset);
        return next.Kind == TokenKind.QuotedName || (next.Kind == TokenKind.Word && !SqlWords.IsNoAlias(next.Characters(_text)));
    }

    private void Advance(Token token) => (_beforePrevious, _previous) = (_previous, token);
}
