using System.Text;
using System.Text.Json;

namespace ThanoSql.Query.Results;

/// <summary>PostgreSQL's array texts (<c>{1,NULL,"a b",{…}}</c>; section 8.15.6 of its manual) as JSON arrays.</summary>
internal static class ArrayText
{
    public static void Write(Utf8JsonWriter json, string text, JsonShape element)
    {
        var at = text.IndexOf('{', StringComparison.Ordinal); // behind bounds such as [2:3]=
        if (at < 0)
            json.WriteStringValue(text);
        else
            Level(json, text, ref at, element);
    }

    private static void Level(Utf8JsonWriter json, string text, ref int at, JsonShape element)
    {
        json.WriteStartArray();
        at++;
        while (text[at] != '}')
        {
            if (text[at] == ',')
                at++;
            else if (text[at] == '{')
                Level(json, text, ref at, element);
            else
                Item(json, text, ref at, element);
        }
        at++;
        json.WriteEndArray();
    }

    private static void Item(Utf8JsonWriter json, string text, ref int at, JsonShape element)
    {
        var quoted = text[at] == '"';
        var value = quoted ? Quoted(text, ref at) : Bare(text, ref at);
        if (!quoted && value == "NULL")
            json.WriteNullValue();
        else
            JsonCells.Write(json, value, element);
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; text[at] != '"'; at++)
        {
            if (text[at] == '\\')
                at++;
            value.Append(text[at]);
        }
        at++;
        return value.ToString();
    }

    private static string Bare(string text, ref int at)
    {
        var start = at;
        while (text[at] is not (',' or '}'))
            at++;
        return text[start..at];
    }
}
