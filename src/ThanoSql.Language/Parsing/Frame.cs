namespace ThanoSql.Language.Parsing;

/// <summary>One level of parentheses in SQL: what has been read between them so far.</summary>
/// <param name="open">Offset of the parenthesis; of the query's start for the outermost level.</param>
/// <param name="place">What a query between these parentheses is to the SQL around them; null in an argument or column list, where none may
/// stand.</param>
internal sealed class Frame(int open, StatementPlace? place, CommonTable? commonTables)
{
    private bool _isQuery;
    private bool _isInsert;
    private bool _inFrom;
    private int _fromOffset = -1;

    public int Open => open;

    public StatementPlace? Place => place;

    public WithClause With { get; } = new(commonTables);

    /// <summary>The first token, or null before it.</summary>
    public Token? First { get; private set; }

    /// <summary>Offset behind the parenthesis that closes the level's first token, when that is a parenthesis; else -1.</summary>
    public int FirstClosed { get; set; } = -1;

    /// <summary>The end of the last token inside that first pair of parentheses.</summary>
    public TextSpan FirstContent { get; set; }

    /// <summary>Index of the part that is all there is on this level besides parentheses, or -1.</summary>
    public int SolePart { get; set; } = -1;

    /// <summary>Whether a query is still missing behind INSERT INTO.</summary>
    public bool AwaitsInsertedRows => _isInsert && !_isQuery;

    public void Add(string text, Token token, Token previous, Token beforePrevious)
    {
        First ??= token;
        SolePart = -1;
        With.Add(text, token);
        if (token.Kind == TokenKind.Word && !previous.Is(text, '.'))
            AddWord(text, token, previous, beforePrevious);
    }

    /// <summary>What a query in parentheses would be behind <paramref name="previous"/>; null in an argument or column list.</summary>
    public StatementPlace? PlaceBehind(string text, Token previous, Token beforePrevious)
    {
        if (First is null)
            return place ?? StatementPlace.Scalar;
        if (With.AwaitsBody)
            return StatementPlace.CommonTable;
        if (previous.Kind == TokenKind.Word && !beforePrevious.Is(text, '.') && SqlWords.Opens(previous.Characters(text)) is { } opened)
            return Refine(text, opened, previous, beforePrevious);
        if (previous.Kind == TokenKind.Symbol && !previous.Is(text, ')') && !previous.Is(text, ']') && !previous.Is(text, '.'))
            return previous.Is(text, ',') && _inFrom ? StatementPlace.FromItem : StatementPlace.Scalar;
        return AwaitsInsertedRows ? StatementPlace.QueryTerm : null;
    }

    private StatementPlace Refine(string text, StatementPlace opened, Token previous, Token beforePrevious)
    {
        var joinsQueries = SqlWords.IsSetOperator(beforePrevious.Characters(text));
        return opened switch
        {
            StatementPlace.FromItem when previous.Is(text, "FROM") && previous.Span.Start != _fromOffset => StatementPlace.Scalar,
            StatementPlace.SetMembership when previous.Is(text, "ALL") && joinsQueries => StatementPlace.QueryTerm,
            StatementPlace.SetMembership when previous.Is(text, "ALL") && beforePrevious.Is(text, "SELECT") => StatementPlace.Scalar,
            StatementPlace.Scalar when previous.Is(text, "DISTINCT") && joinsQueries => StatementPlace.QueryTerm,
            _ => opened,
        };
    }

    private void AddWord(string text, Token word, Token previous, Token beforePrevious)
    {
        if (word.Is(text, "INSERT"))
            _isInsert = true;
        else if (word.Is(text, "SELECT") || word.Is(text, "DELETE") || word.Is(text, "VALUES"))
            (_isQuery, _inFrom) = (true, false);
        else if (word.Is(text, "UPDATE"))
            _isQuery = true;
        else if (word.Is(text, "FROM") && _isQuery && !IsDistinctFrom(text, previous, beforePrevious))
            (_inFrom, _fromOffset) = (true, word.Span.Start);
        else if (SqlWords.EndsFrom(word.Characters(text)))
            _inFrom = false;
    }

    /// <summary><c>a IS [NOT] DISTINCT FROM (…)</c> compares; it is no FROM clause.</summary>
    private static bool IsDistinctFrom(string text, Token previous, Token beforePrevious) =>
        previous.Is(text, "DISTINCT") && (beforePrevious.Is(text, "IS") || beforePrevious.Is(text, "NOT"));
}

/// <summary>
/// Follows <c>WITH [RECURSIVE] x [(a, b)] AS [[NOT] MATERIALIZED] ( … ), y AS ( … )</c> on one level of parentheses. Other uses of WITH
/// (WITH TIES, WITH ORDINALITY, WITH TIME ZONE, storage parameters) do not fit this shape and are let go.
/// </summary>
internal sealed class WithClause(CommonTable? outer)
{
    private enum Step
    {
        Outside,
        AwaitsName,
        HasName,
        AwaitsBody,
        HasBody,
    }

    private Step _step;
    private bool _isRecursive;
    private string _name = "";
    private TextSpan _nameSpan;

    /// <summary>What can be named on this level.</summary>
    public CommonTable? Tables { get; private set; } = outer;

    /// <summary>Whether the next parenthesis opens a body.</summary>
    public bool AwaitsBody => _step == Step.AwaitsBody;

    /// <summary>Whether a body has just ended, so that another name or the main statement follows.</summary>
    public bool HasBody => _step == Step.HasBody;

    /// <summary>What can be named inside the body that opens now.</summary>
    public CommonTable? TablesInBody =>
        AwaitsBody && _isRecursive ? new CommonTable(_name, _nameSpan, IsRecursive: true, IsOpen: true, Tables) : Tables;

    public void Add(string text, Token token)
    {
        _step = _step switch
        {
            Step.Outside when token.Is(text, "WITH") => Begin(),
            Step.AwaitsName when token.Is(text, "RECURSIVE") && !_isRecursive => BeginRecursive(),
            Step.AwaitsName when token.Kind is TokenKind.Word or TokenKind.QuotedName => Remember(text, token),
            Step.HasName when token.Is(text, "AS") => Step.AwaitsBody,
            Step.HasName when token.Is(text, '(') => Step.HasName,
            Step.HasName when token.Is(text, "SET") => Step.HasBody,
            Step.AwaitsBody when token.Is(text, "NOT") || token.Is(text, "MATERIALIZED") || token.Is(text, '(') => Step.AwaitsBody,
            Step.HasBody when token.Is(text, ',') => Step.AwaitsName,
            Step.HasBody when IsSearchOrCycle(text, token) => Step.HasBody,
            _ => Step.Outside,
        };
    }

    /// <summary>A body has ended with the parenthesis before <paramref name="end"/>.</summary>
    public void EndBody(int end)
    {
        Tables = new CommonTable(_name, TextSpan.FromBounds(_nameSpan.Start, end), _isRecursive, IsOpen: false, Tables);
        _step = Step.HasBody;
    }

    private Step Begin()
    {
        _isRecursive = false;
        return Step.AwaitsName;
    }

    private Step BeginRecursive()
    {
        _isRecursive = true;
        return Step.AwaitsName;
    }

    private Step Remember(string text, Token token)
    {
        _nameSpan = token.Span;
        _name = Folded(text, token);
        return Step.HasName;
    }

    /// <summary>A name as PostgreSQL compares it.</summary>
    private static string Folded(string text, Token token)
    {
        var written = token.Span.Of(text);
        if (token.Kind == TokenKind.QuotedName)
            return written[(written.IndexOf('"', StringComparison.Ordinal) + 1)..^1].Replace("\"\"", "\"", StringComparison.Ordinal);
#pragma warning disable CA1308 // PostgreSQL folds names to lower case
        return written.ToLowerInvariant();
#pragma warning restore CA1308
    }

    /// <summary>The words of <c>SEARCH DEPTH FIRST BY a, b SET c</c> and <c>CYCLE a SET b USING c</c>, which may follow a body.</summary>
    private static bool IsSearchOrCycle(string text, Token token) =>
        token.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.Literal && !SqlWords.StartsQuery(token.Characters(text));
}
