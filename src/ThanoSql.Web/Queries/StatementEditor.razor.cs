using System.Text;
using ThanoSql.Language.Completion;
using ThanoSql.Query.Completion;
using ThanoSql.Query.Execution;
using ThanoSql.Web.Access;

namespace ThanoSql.Web.Queries;

/// <summary>
/// Where a statement is written. Its text lives in the browser, which knows best how to edit one: here it is asked for when it is needed.
/// </summary>
/// <remarks>A combobox is of one line; of several, a text box with a list that it controls is what assistive technology knows.</remarks>
public sealed partial class StatementEditor : ComponentBase, IAsyncDisposable
{
    private ElementReference _root;
    private DotNetObjectReference<StatementEditor>? _self;
    private IJSObjectReference? _module;
    private IJSObjectReference? _editor;
    private string? _start;

    /// <summary>What it begins with, unless the tab has a draft.</summary>
    [Parameter]
    public string? Start { get; set; }

    [Parameter, EditorRequired]
    public EventCallback OnRun { get; set; }

    [Parameter, EditorRequired]
    public EventCallback<bool> IsEmptyChanged { get; set; }

    [Inject]
    private PageTexts T { get; set; } = null!;

    [Inject]
    private PageSession Session { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    [Inject]
    private Completer Completer { get; set; } = null!;

    [Inject]
    private IOptions<QueryLimits> Limits { get; set; } = null!;

    /// <exception cref="QueryException">It is longer than a request may be.</exception>
    public async Task<string> TextAsync()
    {
        await using var text = await Editor.InvokeAsync<IJSStreamReference>("text");
        if (text.Length == 0)
            return "";
        var most = Limits.Value.RequestMegabytes * 1_000_000L;
        if (text.Length > most)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"The statement is larger than {Limits.Value.RequestMegabytes} MB (Query:Limits:RequestMegabytes).");
        }
        using var reader = new StreamReader(await text.OpenReadStreamAsync(most), Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>In place of what is there; it can be undone.</summary>
    public ValueTask PutAsync(string text) => Editor.InvokeVoidAsync("put", text);

    /// <summary>Shows where it went wrong, until something is typed.</summary>
    public ValueTask MarkAsync(int offset) => Editor.InvokeVoidAsync("mark", offset);

    public ValueTask GoToAsync(int offset) => Editor.InvokeVoidAsync("goTo", offset);

    /// <summary>Takes the text into the browser's history.</summary>
    public ValueTask KeepAsync(DateTimeOffset time) => Editor.InvokeVoidAsync("keep", time.ToUnixTimeMilliseconds());

    /// <summary>The statements that ran in this browser, the latest first.</summary>
    public ValueTask<IReadOnlyList<KeptStatement>> HistoryAsync() => Editor.InvokeAsync<IReadOnlyList<KeptStatement>>("history");

    public ValueTask ReuseAsync(int index) => Editor.InvokeVoidAsync("reuse", index);

    public ValueTask ForgetAsync() => Editor.InvokeVoidAsync("forget");

    /// <summary>Hands the browser a file.</summary>
    public ValueTask SaveAsync(DotNetStreamReference file, string name) => _module!.InvokeVoidAsync("save", file, name);

    [JSInvokable]
    public Task RunFromKeyboard() => OnRun.InvokeAsync();

    [JSInvokable]
    public Task SetEmpty(bool isEmpty) => IsEmptyChanged.InvokeAsync(isEmpty);

    [JSInvokable]
    public async Task<object> CompleteAsync(string text, int caret)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return await Completer.CompleteAsync(text, Math.Clamp(caret, 0, text.Length), Session.Token, CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            return new Suggestions(caret, []); // what is typed without help is still right
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_editor is not null)
            {
                await _editor.InvokeVoidAsync("dispose");
                await _editor.DisposeAsync();
            }
            if (_module is not null)
                await _module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and the editor with it
        }
        _self?.Dispose();
    }

    // A link to another statement, while this one is open
    protected override async Task OnParametersSetAsync()
    {
        if (_editor is not null && Start is { Length: > 0 } start && start != _start)
            await _editor.InvokeVoidAsync("open", start);
        _start = Start;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _self = DotNetObjectReference.Create(this);
        _module = await Script.InvokeAsync<IJSObjectReference>("import", "./_content/ThanoSql.Web/js/query.js");
        _editor = await _module.InvokeAsync<IJSObjectReference>("attach", _root, _self, new
        {
            Keywords = Keywords.All,
            Owner = Session.Token.Id,
            Address = Start ?? "",
            Kinds = Enum.GetNames<SuggestionKind>().Select(kind => T[$"query.kind.{kind.ToLowerInvariant()}"]),
        });
    }

    // Drawn once: what is typed is the browser's
    protected override bool ShouldRender() => _editor is null;

    private IJSObjectReference Editor => _editor ?? throw new QueryException(ErrorCode.Unavailable, T["shell.loading"]);
}

/// <summary>A statement that ran in this browser.</summary>
/// <param name="Text">Its beginning.</param>
/// <param name="Time">Unix time, in milliseconds.</param>
public sealed record KeptStatement(string Text, long Time);
