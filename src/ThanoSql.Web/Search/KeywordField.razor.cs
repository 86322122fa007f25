using Microsoft.AspNetCore.Components.Web;
using ThanoSql.Query.Search;
using ThanoSql.Web.Access;

namespace ThanoSql.Web.Search;

/// <summary>
/// A field that completes what is typed to keywords: synonyms, initial consonants and slips of a key with them. The text in it is the browser's
/// alone, so that a slow connection takes no letter away, nor a syllable that is being put together.
/// </summary>
public sealed partial class KeywordField
{
    private const int Most = 8;

    private ElementReference _input;
    private List<Suggestion> _found = [];
    private Task _finding = Task.CompletedTask;
    private string _typed = "";
    private int _active;
    private int _turn;

    /// <summary>Of the input.</summary>
    [Parameter, EditorRequired]
    public string Id { get; set; } = "";

    [Parameter, EditorRequired]
    public string Table { get; set; } = "";

    /// <summary>What to type.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>Chosen already: chips in the field.</summary>
    [Parameter]
    public IReadOnlyList<string> Words { get; set; } = [];

    /// <summary>Whether a word may be chosen that is no keyword yet.</summary>
    [Parameter]
    public bool TakesNew { get; set; }

    [Parameter]
    public bool HasShortcut { get; set; }

    /// <summary>A word was chosen, or taken away.</summary>
    [Parameter, EditorRequired]
    public EventCallback<string> OnToggle { get; set; }

    /// <summary>Escape was pressed where there was nothing to close.</summary>
    [Parameter]
    public EventCallback OnEscape { get; set; }

    [Inject]
    private PageTexts T { get; set; } = null!;

    [Inject]
    private PageSession Session { get; set; } = null!;

    [Inject]
    private KeywordLists Keywords { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    private bool IsOpen => _found.Count > 0;

    private string ListId => $"{Id}-list";

    private string OptionId(int at) => string.Create(CultureInfo.InvariantCulture, $"{Id}-{at}");

    private Task TypedAsync(ChangeEventArgs typed)
    {
        _typed = typed.Value?.ToString()?.Trim() ?? "";
        return _finding = FindAsync(++_turn);
    }

    private async Task FindAsync(int turn)
    {
        List<Suggestion> found = [];
        if (_typed.Length > 0)
        {
            var known = await Keywords.CompleteAsync(Table, _typed, Most, Session.Token, CancellationToken.None);
            found.AddRange(known.Where(k => !Words.Contains(k.Keyword)).Select(k => new Suggestion(k.Keyword, k.Count, k.Matched)));
            if (TakesNew && found.All(f => f.Keyword != _typed))
                found.Add(new Suggestion(_typed, 0, null) { IsNew = true });
        }
        if (turn == _turn) // else somebody has typed on
            (_found, _active) = (found, 0);
    }

    private async Task PressedAsync(KeyboardEventArgs pressed)
    {
        if (pressed.IsComposing) // Enter ends a syllable then
            return;
        if (pressed.Key == "Enter")
            await _finding; // whoever types fast means what they typed last
        switch (pressed.Key)
        {
            case "ArrowDown" when IsOpen:
                _active = (_active + 1) % _found.Count;
                break;
            case "ArrowUp" when IsOpen:
                _active = (_active + _found.Count - 1) % _found.Count;
                break;
            case "Enter" when IsOpen:
                await PickAsync(_found[_active].Keyword);
                break;
            case "Enter" when _typed.Length > 0:
                await PickAsync(_typed);
                break;
            case "Escape" when IsOpen:
                Close();
                break;
            case "Escape":
                await OnEscape.InvokeAsync();
                break;
            case "Backspace" when _typed.Length == 0 && Words.Count > 0:
                await OnToggle.InvokeAsync(Words[^1]);
                break;
        }
    }

    private async Task PickAsync(string word)
    {
        Close();
        _typed = "";
        await using (var module = await Script.InvokeAsync<IJSObjectReference>("import", SearchPlace.Module))
            await module.InvokeVoidAsync("clear", _input);
        if (!Words.Contains(word))
            await OnToggle.InvokeAsync(word);
    }

    private void Close()
    {
        _turn++;
        _found = [];
    }

    private sealed record Suggestion(string Keyword, long Count, string? Matched)
    {
        public bool IsNew { get; init; }
    }
}
