using ThanoSql.Language.Lexing;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Language.Parsing;

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
        _name = SqlName.Of(text, token);
        return Step.HasName;
    }

    /// <summary>The words of <c>SEARCH DEPTH FIRST BY a, b SET c</c> and <c>CYCLE a SET b USING c</c>, which may follow a body.</summary>
    private static bool IsSearchOrCycle(string text, Token token) =>
        token.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.Literal && !SqlWords.StartsQuery(token.Characters(text));
}
