using ThanoSql.Query.Search;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Web.Labels;

// What js/label.js tells of keys and clicks, and what it is told.
public sealed partial class LabelPlace
{
    private const int MostChoices = 7;

    private ElementReference _root;
    private IJSObjectReference? _module;
    private IJSObjectReference? _script;
    private DotNetObjectReference<LabelPlace>? _this;
    private IReadOnlyList<LabelChoice> _choices = [];
    private int _choice;
    private string _typed = "";
    private Task _finding = Task.CompletedTask;
    private bool _loadsMore;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    [Inject]
    private KeywordLists Keywords { get; set; } = null!;

    /// <summary>An arrow key.</summary>
    [JSInvokable]
    public Task Move(int right, int down, int columns, Reach reach)
    {
        _bench.Move(right, down, Math.Max(1, columns), reach);
        return ShowAsync();
    }

    /// <summary>A click, or a key that goes somewhere.</summary>
    [JSInvokable]
    public Task Choose(int place, Reach reach)
    {
        _bench.Choose(place, reach);
        return ShowAsync();
    }

    [JSInvokable]
    public Task ToggleCurrent() => Choose(_bench.Current, Reach.Toggle);

    [JSInvokable]
    public Task ChooseAll()
    {
        _bench.ChooseAll();
        return ShowAsync();
    }

    [JSInvokable]
    public Task ChooseNone()
    {
        _bench.ChooseNone();
        return ShowAsync();
    }

    /// <summary>The labels are right as they stand: a person's, else the model's.</summary>
    [JSInvokable]
    public Task IsRight() => SayOrTell(view => view.Proposed, "label.confirmed", "label.nothingToConfirm");

    /// <summary>The model is right, whatever people said.</summary>
    [JSInvokable]
    public Task ModelIsRight() => SayOrTell(view => view.Item.Best, "label.modelConfirmed", "label.nothingToConfirm");

    [JSInvokable]
    public Task Remove()
    {
        if (!_bench.Chosen.Any(view => view.Item.Label is not null))
            _status = _bench.Count == 0 ? null : T["label.nothingToRemove"];
        else
            Say(_ => null, T["label.removed", _bench.Count]);
        return ShowAsync();
    }

    [JSInvokable]
    public Task Undo()
    {
        UndoLast();
        return ShowAsync();
    }

    /// <summary>The text in the field changed, be it in the middle of a syllable.</summary>
    [JSInvokable]
    public Task TypedAsync(string text) => _finding = TryAsync(async () =>
    {
        _typed = text;
        var found = text.Length == 0 || _pipeline is not { Active: true }
            ? []
            : await Keywords.CompleteAsync(_pipeline.Definition.Table, text, MostChoices, Session.Token, _leaving.Token);
        if (_typed != text)
            return; // more was typed meanwhile
        (_choices, _choice) = (ChoicesOf(PlainWord.Of(text), found), 0);
        StateHasChanged();
    });

    [JSInvokable]
    public void MoveChoice(int down)
    {
        if (_choices.Count > 0)
            _choice = (_choice + down + _choices.Count) % _choices.Count;
        StateHasChanged();
    }

    /// <summary>Enter on what was typed, which may still be looked up.</summary>
    [JSInvokable]
    public async Task TakeChoiceAsync()
    {
        await _finding;
        await TakeAsync(_choice);
    }

    /// <returns>Whether there may be more behind.</returns>
    [JSInvokable]
    public async Task<bool> MoreAsync()
    {
        if (!_hasMore || _loadsMore)
            return _hasMore;
        _loadsMore = true;
        var bench = _bench;
        await TryAsync(async () =>
        {
            var page = await PageAsync();
            if (bench == _bench)
                Show(page);
        });
        _loadsMore = false;
        StateHasChanged();
        return _hasMore;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _this = DotNetObjectReference.Create(this);
        _module = await Script.InvokeAsync<IJSObjectReference>("import", $"./{Assets["_content/ThanoSql.Web/js/label.js"]}");
        _script = await _module.InvokeAsync<IJSObjectReference>("attach", _root, _this);
        _live = Live.Subscribe(Hear);
        StateHasChanged();
    }

    private Task SayOrTell(Func<LabelView, string?> label, string done, string nothing)
    {
        if (_bench.Count > 0 && _bench.Chosen.All(view => label(view) is not null))
            Say(label, T[done, _bench.Count]);
        else
            _status = _bench.Count == 0 ? null : T[nothing];
        return ShowAsync();
    }

    private async Task TakeAsync(int place)
    {
        if (_choices.ElementAtOrDefault(place) is { } choice && _bench.Count > 0)
        {
            Say(_ => choice.Label, T["label.said", _bench.Count, choice.Label]);
            (_typed, _choices) = ("", []);
            if (_script is not null)
                await _script.InvokeVoidAsync("clear");
        }
        await ShowAsync();
    }

    /// <summary>A label that is spelled just so comes first; a word that is none may become one, last.</summary>
    private static IReadOnlyList<LabelChoice> ChoicesOf(string word, IReadOnlyList<KeywordCount> found)
    {
        if (word.Length == 0)
            return [];
        var isLabel = found.Any(f => LabelForm.AreOne(f.Keyword, word) || f.Matched is { } matched && LabelForm.AreOne(matched, word));
        var known = found.OrderByDescending(f => LabelForm.AreOne(f.Matched ?? f.Keyword, word))
            .Select(f => new LabelChoice(f.Keyword, f.Matched == f.Keyword ? null : f.Matched, f.Count, IsNew: false));
        return isLabel ? [.. known] : [.. known, new LabelChoice(word, null, 0, IsNew: true)];
    }

    private async Task ShowAsync()
    {
        StateHasChanged();
        if (_script is not null)
            await _script.InvokeVoidAsync("reveal", _bench.Current);
    }

    /// <summary>With another list: its first picture is chosen, and it may be longer than the window.</summary>
    private async Task BeginAsync()
    {
        StateHasChanged();
        if (_script is null)
            return;
        await _script.InvokeVoidAsync("begin");
        await _script.InvokeVoidAsync("watch");
    }

    private async Task DetachAsync()
    {
        try
        {
            if (_script is not null)
                await _script.InvokeVoidAsync("detach");
            if (_module is not null)
                await _module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and its script with it
        }
        _this?.Dispose();
    }
}
