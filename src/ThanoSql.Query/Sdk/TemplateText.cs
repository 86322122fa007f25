using System.Text.RegularExpressions;
using ThanoSql.Language.Lexing;

namespace ThanoSql.Query.Sdk;

/// <summary>
/// A statement with places for values, <c>{{ name }}</c>, and nothing else: a value is bound as a literal of its own, so it never becomes another
/// part of the statement, whatever it holds. SQL and the words of ThanoSQL end strings and comments differently; where that could matter, the
/// template is refused.
/// </summary>
internal sealed partial class TemplateText
{
    private readonly string _text;
    private readonly List<Place> _places = [];

    private TemplateText(string text) => _text = text;

    /// <summary>The names of its places, each once, in their order.</summary>
    public IReadOnlyList<string> Parameters => [.. _places.Select(place => place.Name).Distinct()];

    /// <exception cref="QueryException">It has more than places for values, or one where none can be.</exception>
    /// <exception cref="ThanoSqlSyntaxException">A string or comment is never closed.</exception>
    public static TemplateText Parse(string text)
    {
        var template = new TemplateText(text);
        Token token;
        for (var at = 0; (token = SqlLexer.Next(text, at)).Kind != TokenKind.End;)
            at = template.Read(token);
        if (template._places.Count > 0)
            template.CheckQuotes();
        return template;
    }

    /// <param name="values">An object with a member for each place; other members do not matter.</param>
    /// <exception cref="QueryException">A value is missing, or of a kind that is no literal.</exception>
    public string Bind(JsonElement values)
    {
        if (values.ValueKind != JsonValueKind.Object)
            throw Wrong("'parameters' is an object: {\"name\": value, …}.");
        var bound = new StringBuilder(_text.Length);
        var end = 0;
        foreach (var place in _places)
        {
            bound.Append(_text, end, place.Start - end);
            AppendApart(bound, TemplateValue.Literal(place.Name, Value(values, place.Name)), place.End);
            end = place.End;
        }
        return bound.Append(_text, end, _text.Length - end).ToString();
    }

    private JsonElement Value(JsonElement values, string name)
    {
        try
        {
            if (values.TryGetProperty(name, out var value))
                return value;
        }
        catch (InvalidOperationException)
        {
            throw Wrong("A name in 'parameters' is no Unicode text.");
        }
        throw Wrong($"The template's parameter '{name}' has no value.", $"It takes {string.Join(", ", Parameters)}.");
    }

    private int Read(Token token)
    {
        var (start, end) = (token.Span.Start, token.Span.End);
        if (token.Kind is TokenKind.Literal or TokenKind.QuotedName)
        {
            if (Pattern().Match(_text, start, end - start) is { Success: true } inside)
                throw At(inside.Index, $"{inside.Value} stands inside quotes.", "Leave the quotes out: a value is quoted by itself.");
            return end;
        }
        if (token.Kind != TokenKind.Symbol || _text[start] != '{' || end == _text.Length || _text[end] is not ('{' or '%' or '#'))
            return end;
        if (Pattern().Match(_text, start) is not { Success: true } place || place.Index != start)
        {
            throw At(
                start, "A template takes {{ name }} and nothing else between braces.", "Loops, conditions, filters and expressions are not run.");
        }
        _places.Add(new Place(place.Groups[1].Value, start, start + place.Length));
        return start + place.Length;
    }

    // What SQL takes for the end of a string, ThanoSQL's words may not, and the other way round
    private void CheckQuotes()
    {
        if (QuoteBehindBackslash().Match(_text) is { Success: true } escaped)
            throw At(escaped.Index, "A backslash stands before a quote in a template.", "Write a quote inside a string twice: ''.");
        Token token;
        for (var at = 0; (token = SqlLexer.Next(_text, at)).Kind != TokenKind.End; at = token.Span.End)
        {
            if (token.Kind == TokenKind.Literal && _text[token.Span.Start] == '$')
                throw At(token.Span.Start, "A template takes no $-quoted string.", "Write it between single quotes.");
            if (token.Is(_text, '#') && HasOpenQuote(RestOfLine(token.Span.End)))
                throw At(token.Span.Start, "A quote stands alone behind '#' in a template.", "Begin comments with --.");
        }
    }

    private ReadOnlySpan<char> RestOfLine(int start)
    {
        var rest = _text.AsSpan(start);
        return rest.IndexOfAny('\r', '\n') is >= 0 and var end ? rest[..end] : rest;
    }

    private static bool HasOpenQuote(ReadOnlySpan<char> line) => line.Count('\'') % 2 != 0 || line.Count('"') % 2 != 0;

    // A token of its own, whatever stands beside it: E{{ x }} is no escape string, 5-{{ x }} with -1 no comment.
    private void AppendApart(StringBuilder bound, string literal, int end)
    {
        if (bound.Length > 0 && !char.IsWhiteSpace(bound[^1]) && bound[^1] is not ('(' or ',' or '='))
            bound.Append(' ');
        bound.Append(literal);
        if (end < _text.Length && !char.IsWhiteSpace(_text[end]) && _text[end] is not (')' or ',' or ';'))
            bound.Append(' ');
    }

    private QueryException At(int offset, string message, string hint) => new(ErrorCode.BadRequest, message, TextPosition.Of(_text, offset), hint);

    private static QueryException Wrong(string message, string? hint = null) => new(ErrorCode.BadRequest, message, hint: hint);

    [GeneratedRegex(@"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex("""\\['"]""", RegexOptions.CultureInvariant)]
    private static partial Regex QuoteBehindBackslash();

    private readonly record struct Place(string Name, int Start, int End);
}
