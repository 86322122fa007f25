using System.Text;

namespace ThanoSql.Query.Copying;

/// <summary>
/// Reads CSV (RFC 4180): commas, quotes doubled inside quotes, line breaks inside quotes. A field that is empty and not quoted is null.
/// </summary>
internal sealed class CsvReader(string text)
{
    private int _at;

    /// <summary>The line, from 1, on which the record that was read last began.</summary>
    public int Line { get; private set; } = 1;

    private int NextLine { get; set; } = 1;

    /// <returns>Null behind the last record; blank lines are skipped.</returns>
    /// <exception cref="CsvException">A quote is never closed, or text follows a closing one.</exception>
    public string?[]? Read()
    {
        while (_at < text.Length && text[_at] is '\n' or '\r')
            EndLine();
        if (_at >= text.Length)
            return null;
        Line = NextLine;
        var fields = new List<string?>();
        while (true)
        {
            fields.Add(_at < text.Length && text[_at] == '"' ? Quoted() : Bare());
            if (_at >= text.Length)
                break;
            if (text[_at] == ',')
            {
                _at++;
                continue;
            }
            EndLine();
            break;
        }
        return [.. fields];
    }

    private string? Bare()
    {
        var start = _at;
        while (_at < text.Length && text[_at] is not (',' or '\n' or '\r'))
            _at++;
        return _at == start ? null : text[start.._at];
    }

    private string Quoted()
    {
        var value = new StringBuilder();
        for (_at++; ; _at++)
        {
            if (_at >= text.Length)
                throw new CsvException(Line, "a quote is never closed");
            if (text[_at] == '\n')
                NextLine++;
            if (text[_at] != '"')
                value.Append(text[_at]);
            else if (_at + 1 < text.Length && text[_at + 1] == '"')
                value.Append(text[++_at]);
            else
                break;
        }
        _at++;
        if (_at < text.Length && text[_at] is not (',' or '\n' or '\r'))
            throw new CsvException(Line, "text follows a closing quote");
        return value.ToString();
    }

    private void EndLine()
    {
        _at += text.AsSpan(_at).StartsWith("\r\n") ? 2 : 1;
        NextLine++;
    }
}

/// <summary>A text that is no CSV.</summary>
internal sealed class CsvException(int line, string problem) : Exception($"line {line}: {problem}");
