namespace ThanoSql.Query.Sdk;

/// <summary>Values of a template's parameters as literals.</summary>
internal static class TemplateValue
{
    /// <summary>Texts in quotes; numbers, TRUE, FALSE and NULL as they are; lists with commas between, for <c>IN ({{ ids }})</c>.</summary>
    /// <exception cref="QueryException">An object, an empty list, a list in a list, or a text that PostgreSQL has none for.</exception>
    public static string Literal(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return Scalar(name, value);
        var items = value.EnumerateArray().Select(item => Scalar(name, item)).ToList();
        return items.Count > 0 ? string.Join(", ", items) : throw Wrong(name, "an empty list");
    }

    private static string Scalar(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Quote(Text(name, value)),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "TRUE",
        JsonValueKind.False => "FALSE",
        JsonValueKind.Null => "NULL",
        JsonValueKind.Array => throw Wrong(name, "a list in a list"),
        _ => throw Wrong(name, "an object"),
    };

    private static string Text(string name, JsonElement value)
    {
        try
        {
            var text = value.GetString()!;
            return text.Contains('\0', StringComparison.Ordinal) ? throw Wrong(name, "a text with the character NUL") : text;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name, "half of a surrogate pair");
        }
    }

    // On one line, so that it cannot leave a comment; what needs escapes is an E'' string, which is one token to ThanoSQL's words, too.
    private static string Quote(string text)
    {
        if (!text.Any(character => character == '\\' || IsBreak(character)))
            return $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        var escaped = new StringBuilder("E'");
        foreach (var character in text)
        {
            if (IsBreak(character))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else
                escaped.Append(character is '\'' or '\\' ? $"{character}{character}" : character.ToString());
        }
        return escaped.Append('\'').ToString();
    }

    private static bool IsBreak(char character) => char.IsControl(character) || character is '\u2028' or '\u2029';

    private static QueryException Wrong(string name, string what) => new(
        ErrorCode.BadRequest, $"The value of '{name}' is {what}.",
        hint: "A template takes texts, numbers, true, false, null, and lists of them with at least one.");
}
