using MudBlazor;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Live;
using ThanoSql.Query.Live;
using ThanoSql.Web.Parts;

namespace ThanoSql.Web.Pipelines;

/// <summary>How indexing goes, what failed, and what to do about it. Everything moves by itself.</summary>
public sealed partial class PipelineListPlace : IDisposable
{
    private readonly CancellationTokenSource _left = new();
    private IDisposable? _subscription;
    private (FailureCounts, DateTime?)? _listed;
    private bool _listing;
    private string _said = "";

    [Inject]
    private LiveFeed Feed { get; set; } = null!;

    [Inject]
    private FailureReader Reader { get; set; } = null!;

    [Inject]
    private FailureLedger Ledger { get; set; } = null!;

    [Inject]
    private SweepRequests Sweeps { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    /// <summary>From the first look on, so that the live page begins with what the first one showed.</summary>
    [PersistentState]
    public LiveLook? Look { get; set; }

    /// <inheritdoc cref="Look"/>
    [PersistentState]
    public LiveCounts? Counts { get; set; }

    /// <inheritdoc cref="Look"/>
    [PersistentState]
    public IReadOnlyList<FailureGroup>? Failures { get; set; }

    private LiveFigures? Figures { get; set; }

    private string SweepState =>
        Figures is null ? ""
        : Figures.Look.IsSweepAsked ? T["pipelines.sweepAsked"]
        : Figures.Look.Pipelines.Any(p => p is { SweepStartedAt: not null, SweptAt: null }) ? T["pipelines.sweeping"]
        : "";

    public void Dispose()
    {
        _subscription?.Dispose();
        _left.Cancel();
        _left.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        if (Look is not null)
            (Figures, _listed) = (LiveFigures.Of(Look, Counts), MarkOf(Look));
        else
            await TryAsync(async () => await ShowAsync(await Feed.NowAsync(_left.Token)));
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _subscription = Feed.Subscribe(figures => _ = InvokeAsync(() => ShowAsync(figures)));
    }

    private static string Counted(long count) => count < LiveLook.Most ? PageTexts.Number(count) : $"{PageTexts.Number(LiveLook.Most)}+";

    // Another mark: the list of failures is another one
    private static (FailureCounts, DateTime?) MarkOf(LiveLook look) => (look.Failures, look.FailedAt);

    private async Task ShowAsync(LiveFigures figures)
    {
        Figures = figures;
        if (figures.IsStale)
        {
            StateHasChanged();
            return;
        }
        (Look, Counts) = (figures.Look, figures.Counts);
        if (!_listing && _listed != MarkOf(figures.Look))
            await ListAsync(figures.Look);
        StateHasChanged();
    }

    private async Task ListAsync(LiveLook look)
    {
        _listing = true;
        var listed = await TryAsync(async () => Failures = await Reader.ListAsync(look.Failures, Session.Caller, _left.Token));
        (_listed, _listing) = (listed ? MarkOf(look) : null, false);
    }

    private async Task RetryAsync(FailureSelection which) =>
        await TryAsync(async () => _said = T["pipelines.retried", await Ledger.RetryAsync(which, _left.Token)]);

    private async Task DismissAsync(FailureSelection which)
    {
        var isOne = which.Key is not null;
        if (!isOne && !await Dialogs.ConfirmAsync(T["pipelines.dismissQuestion"], T["pipelines.dismissMeans"], T["pipelines.dismiss"]))
            return;
        await TryAsync(async () => _said = T["pipelines.dismissed", await Ledger.DismissAsync(which, _left.Token)]);
    }

    private async Task SweepAsync() => await TryAsync(async () =>
    {
        await Sweeps.AskAsync(Actor.OfToken(Session.Token.Name), _left.Token);
        _said = T["pipelines.sweepAsked"];
    });
}
