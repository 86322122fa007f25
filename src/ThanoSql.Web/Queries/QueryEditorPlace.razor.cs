using System.IO.Pipelines;
using ThanoSql.Query.Completion;
using ThanoSql.Query.Images;
using ThanoSql.Query.Results;
using ThanoSql.Query.Statements;

namespace ThanoSql.Web.Queries;

/// <summary>Statements by hand: written with help, run with all that they say, their rows with pictures.</summary>
public sealed partial class QueryEditorPlace : IAsyncDisposable
{
    private const int ThumbnailWidth = 96; // pixels: twice what is shown
    private const int PictureWidth = 1024;
    private const int MostMessages = 200;

    private readonly List<string> _messages = [];
    private readonly CancellationTokenSource _left = new();
    private StatementEditor _editor = null!;
    private IReadOnlyList<KeptStatement> _history = [];
    private CancellationTokenSource? _running;
    private RunStage? _stage;
    private ShownResult? _shown;
    private bool _isEmpty = true;
    private bool _isUntouched = true;
    private bool _isSaving;
    private bool _showsHistory;
    private bool _wasCancelled;

    /// <summary>Put into the editor, never run by itself: an address may come from anybody.</summary>
    [SupplyParameterFromQuery(Name = "q")]
    public string? Statement { get; set; }

    /// <summary>Kept from the first drawing of the page for the second.</summary>
    [PersistentState]
    public IReadOnlyList<StatementExample>? Kept { get; set; }

    [Inject]
    private QueryConsole Console { get; set; } = null!;

    [Inject]
    private StatementExamples Known { get; set; } = null!;

    [Inject]
    private ImageLinks Links { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    private IReadOnlyList<StatementExample> Examples => Kept ?? [];

    private bool IsBusy => _running is not null || _isSaving;

    /// <summary>Ends what runs for this page alone; a training goes on, and can be watched elsewhere.</summary>
    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        if (_running is { } running)
            await running.CancelAsync();
        _left.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        if (Kept is null)
            await TryAsync(async () => Kept = await Known.ListAsync(Session.Token, CancellationToken.None));
    }

    private async Task RunAsync()
    {
        if (IsBusy)
            return;
        using var running = _running = new CancellationTokenSource();
        Begin();
        try
        {
            await TryAsync(async () =>
            {
                var text = await _editor.TextAsync();
                await _editor.KeepAsync(Clock.GetUtcNow());
                _shown = await ShowAsync(text, running.Token);
            });
            _wasCancelled = _shown is null && Failure is null;
            if (Failure?.Position is { } at)
                await _editor.MarkAsync(at.Offset);
        }
        finally
        {
            (_running, _stage) = (null, null);
        }
    }

    private void Begin()
    {
        ClearFailure();
        _messages.Clear();
        (_shown, _isUntouched, _wasCancelled, _showsHistory) = (null, false, false, false);
        StateHasChanged();
    }

    private async Task<ShownResult> ShowAsync(string text, CancellationToken cancellationToken)
    {
        var request = new StatementRequest(text, Session.Token, message => Tell(() => Say(message)))
        {
            Progress = stage => Tell(() => _stage = stage),
            Left = _left.Token,
        };
        var result = await Console.RunAsync(request, cancellationToken);
        return new ShownResult(
            result, await Links.ForAsync(ThumbnailWidth, Session.Caller, cancellationToken),
            await Links.ForAsync(PictureWidth, Session.Caller, cancellationToken));
    }

    private void Say(string message)
    {
        if (_messages.Count == MostMessages)
            _messages.RemoveAt(0);
        _messages.Add(message);
    }

    // Messages come from any thread
    private void Tell(Action change) => _ = InvokeAsync(() =>
    {
        change();
        StateHasChanged();
    });

    private async Task CancelAsync()
    {
        if (_running is { } running)
            await running.CancelAsync();
    }

    private async Task SaveAsync()
    {
        if (_shown is not { Of.Table: not null } shown)
            return;
        _isSaving = true;
        await TryAsync(async () =>
        {
            var table = await Console.ReadAllAsync(shown.Of, Session.Token, CancellationToken.None);
            var pipe = new Pipe();
            var writing = WriteAsync(pipe.Writer, table);
            using var file = new DotNetStreamReference(pipe.Reader.AsStream());
            await _editor.SaveAsync(file, $"thanosql-{Clock.GetUtcNow():yyyyMMdd-HHmmss}.csv");
            await writing;
        });
        _isSaving = false;
    }

    private static async Task WriteAsync(PipeWriter into, ResultTable table)
    {
        await using var stream = into.AsStream();
        await ResultCsv.WriteAsync(stream, table, CancellationToken.None);
    }

    private async Task GoToAsync(int offset) => await _editor.GoToAsync(offset);

    private async Task ToggleHistoryAsync()
    {
        _showsHistory = !_showsHistory;
        if (_showsHistory)
            _history = await _editor.HistoryAsync();
    }

    private async Task ReuseAsync(int index)
    {
        _showsHistory = false;
        await _editor.ReuseAsync(index);
    }

    private async Task ForgetAsync()
    {
        await _editor.ForgetAsync();
        _history = [];
    }

    private async Task UseAsync(string text) => await _editor.PutAsync(text);

    private string Summary(ConsoleResult result)
    {
        var what = result switch
        {
            { Table: null, Affected: { } rows } => T["query.affected", rows],
            { Table: null } => T["query.done"],
            { IsWhole: true } => T["query.rows", result.Table.Rows.Count],
            { IsRepeatable: true } => T["query.cut", result.Table.Rows.Count],
            _ => T["query.cutWritten", result.Table.Rows.Count],
        };
        return $"{what} · {Took(result.Took)}";
    }

    private static string Took(TimeSpan span) => span.TotalSeconds < 10
        ? $"{PageTexts.Number((long)Math.Ceiling(span.TotalMilliseconds))} ms"
        : $"{PageTexts.Number((long)span.TotalSeconds)} s";
}
