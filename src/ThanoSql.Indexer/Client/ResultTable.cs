using System.Text.Json;
using Spectre.Console;

namespace ThanoSql.Indexer.Client;

/// <summary>A result as the protocol carries it: pandas' JSON of orientation <c>split</c>.</summary>
internal sealed record ResultTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows)
{
    /// <returns>Null for a statement without rows.</returns>
    public static ResultTable? Parse(string? split)
    {
        if (string.IsNullOrEmpty(split))
            return null;
        using var json = JsonDocument.Parse(split);
        return new ResultTable(
            [.. json.RootElement.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)],
            [.. json.RootElement.GetProperty("data").EnumerateArray().Select(row => (IReadOnlyList<string?>)[.. row.EnumerateArray().Select(Text)])]);
    }

    /// <summary>Draws the first rows, and says how many there are.</summary>
    public void Draw(IAnsiConsole console, int rows = 10)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in Columns)
            table.AddColumn(Markup.Escape(column));
        foreach (var row in Rows.Take(rows))
            table.AddRow([.. row.Select(cell => cell is null ? "[grey]NULL[/]" : Markup.Escape(cell))]);
        console.Write(table);
        console.MarkupLine(Rows.Count > rows ? $"[grey]{Rows.Count} rows, the first {rows} shown[/]" : $"[grey]{Rows.Count} row(s)[/]");
    }

    private static string? Text(JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => cell.GetString(),
        _ => cell.GetRawText(),
    };
}
