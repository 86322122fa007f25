using ThanoSql.Query.Models;

namespace ThanoSql.Web.Models;

/// <summary>
/// The confusion matrix as a table of buttons: what a picture carries down, what the model says across. Arrow keys go from cell to cell.
/// </summary>
public sealed partial class ConfusionTable
{
    // Shares of the colour in a cell whose figure stays readable in both themes: plain text up to Pale, text on colour from Full
    private const double Pale = 48;
    private const double Faint = 12;
    private const double Full = 92;
    private const double Strong = 0.5; // of a row

    private ElementReference _table;
    private IJSObjectReference? _keys;

    [Parameter, EditorRequired]
    public ConfusionMap Map { get; set; } = null!;

    /// <summary>The number of the version.</summary>
    [Parameter, EditorRequired]
    public int Version { get; set; }

    /// <summary>Of the open cell: what its pictures carry.</summary>
    [Parameter]
    public string? Label { get; set; }

    /// <summary>Of the open cell: what the version says.</summary>
    [Parameter]
    public string? Answer { get; set; }

    /// <summary>Where a cell is open.</summary>
    [Parameter, EditorRequired]
    public Func<string, string, string> AddressOf { get; set; } = null!;

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_keys is not null)
                await _keys.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // the page is closed
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _keys = await Script.InvokeAsync<IJSObjectReference>("import", "./_content/ThanoSql.Web/js/models.js");
        await _keys.InvokeVoidAsync("walk", _table);
    }

    // The one that the tab key reaches: the open cell, or the first of all
    private bool IsFirst(int row, int column)
    {
        for (var r = 0; r < Map.Labels.Count; r++)
        {
            if (Map.Labels[r] == Label
                && Map.Labels.Index().FirstOrDefault(l => l.Item == Answer && Map.Cells[r][l.Index] > 0) is { Item: not null } open)
            {
                return (row, column) == (r, open.Index);
            }
        }
        for (var r = 0; r < Map.Labels.Count; r++)
        {
            for (var c = 0; c < Map.Labels.Count; c++)
            {
                if (Map.Cells[r][c] > 0)
                    return (row, column) == (r, c);
            }
        }
        return false;
    }

    private double Share(int row, int count) => (double)count / Map.Cells[row].Sum();

    private string Class(int row, int count, bool isRight) => (isRight, Share(row, count) >= Strong) switch
    {
        (true, true) => "right strong",
        (true, false) => "right",
        (false, true) => "wrong strong",
        _ => "wrong",
    };

    private string Style(int row, int count, bool isRight)
    {
        var share = Share(row, count);
        var colour = share >= Strong ? Full + (100 - Full) * (share - Strong) / (1 - Strong)
            : isRight ? Pale * share / Strong
            : Faint + (Pale - Faint) * share / Strong;
        return string.Create(CultureInfo.InvariantCulture, $"--share:{colour:0}%");
    }
}
