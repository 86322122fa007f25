using MudBlazor;
using ThanoSql.Query.Statements;

namespace ThanoSql.Web.Queries;

/// <summary>The rows of a statement: pictures where a column names them, numbers in line, a beginning of what is long.</summary>
public sealed partial class ResultView : ComponentBase
{
    private const int Step = 100; // rows that are drawn at once
    private const int LongestCell = 240; // characters

    private int _shown = Step;

    /// <summary>One with rows.</summary>
    [Parameter, EditorRequired]
    public ShownResult Result { get; set; } = null!;

    private IReadOnlyList<string?[]> Rows => Result.Of.Table!.Rows;

    private static string? ClassOf(ConsoleColumn column) => column.Kind == ConsoleKind.Number ? "number" : null;

    // No half of a surrogate pair
    private static string Beginning(string value) =>
        string.Concat(value.AsSpan(0, char.IsHighSurrogate(value[LongestCell - 1]) ? LongestCell - 1 : LongestCell), "…");

    private Task ShowAsync(string column, string value) => Dialogs.ShowAsync<CellDialog>(
        column, new DialogParameters<CellDialog> { { dialog => dialog.Title, column }, { dialog => dialog.Value, value } });
}
