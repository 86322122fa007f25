using MudBlazor;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Query.Labels;
using ThanoSql.Query.Live;
using ThanoSql.Trainer.Schedules;
using ThanoSql.Web.Models;
using ThanoSql.Web.Parts;

namespace ThanoSql.Web.Labels;

/// <summary>
/// Where people say what pictures show: what the model is least sure of first, what people and model disagree about, and what waits to be confirmed.
/// In this file is what lies before them; what they say of it is in <c>LabelPlace.Saying.cs</c>, what the place's script tells in
/// <c>LabelPlace.Script.cs</c>.
/// </summary>
public sealed partial class LabelPlace : IAsyncDisposable
{
    private const int PageSize = 60;

    private readonly CancellationTokenSource _leaving = new();
    private IReadOnlyList<PipelineRow> _pipelines = [];
    private PipelineRow? _pipeline;
    private WorkOrder _order;
    private LabelBench _bench = new();
    private WorkItem? _last;
    private bool _hasMore;
    private bool _isLoading = true;
    private LabelFigures? _figures;
    private long _disagreed;
    private long? _left;
    private int? _version;
    private IDisposable? _live;
    private bool _wasTraining;

    /// <summary>The name of a pipeline; without one, the first that is filled.</summary>
    [SupplyParameterFromQuery]
    public string? Pipeline { get; set; }

    /// <summary><c>unsure</c>, <c>disagreed</c> or <c>waiting</c>.</summary>
    [SupplyParameterFromQuery]
    public string? Order { get; set; }

    /// <summary>What was asked for while the page was made, so that it is not asked for again.</summary>
    [PersistentState]
    public LabelOpening? Opening { get; set; }

    [Inject]
    private LabelDesk Desk { get; set; } = null!;

    [Inject]
    private LabelViews Views { get; set; } = null!;

    [Inject]
    private TrainingOutlook Outlook { get; set; } = null!;

    [Inject]
    private ModelActions Actions { get; set; } = null!;

    [Inject]
    private LiveFeed Live { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    private string WhyEmpty => this switch
    {
        { _pipeline: null } => "noPipeline",
        { _version: null, _order: not WorkOrder.Waiting } => "noVersion",
        _ => Word(_order),
    };

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        _leaving.Dispose();
        _live?.Dispose();
        await DetachAsync();
    }

    protected override async Task OnParametersSetAsync()
    {
        var order = Enum.GetValues<WorkOrder>().FirstOrDefault(o => Word(o) == Order);
        if (_pipeline is not null && order == _order && (Pipeline ?? _pipeline.Definition.Name) == _pipeline.Definition.Name)
            return;
        _order = order;
        if (_pipeline is null && Opening is { } opening && opening.Order == order)
            Show(opening); // at once, so that nothing on the page moves
        else
            await ReloadAsync();
        if (RendererInfo.IsInteractive)
            Opening = null; // it is not needed any more
    }

    private async Task ReloadAsync()
    {
        _isLoading = true;
        await TryAsync(LoadAsync);
        _isLoading = false;
        await BeginAsync();
    }

    private async Task LoadAsync()
    {
        _pipelines = await Desk.PipelinesAsync(_leaving.Token);
        _pipeline = _pipelines.FirstOrDefault(p => p.Definition.Name == Pipeline)
            ?? _pipelines.OrderByDescending(p => p.Active).ThenByDescending(p => p.Definition.Model.Train is not null).FirstOrDefault();
        (_bench, _last, _hasMore, _choices) = (new LabelBench(), null, false, []);
        if (_pipeline is null)
            return;
        var (page, figures, disagreed) = (await PageAsync(), await FiguresAsync(), await Desk.DisagreedAsync(_pipeline, _leaving.Token));
        await LookAheadAsync();
        Opening = new LabelOpening(_pipelines, _pipeline.PipelineId, _order, page, figures, disagreed, _left);
        Show(Opening);
    }

    private void Show(LabelOpening opening)
    {
        _pipelines = opening.Pipelines;
        _pipeline = _pipelines.Single(p => p.PipelineId == opening.PipelineId);
        (_figures, _disagreed, _left, _version, _isLoading) = (opening.Figures, opening.Disagreed, opening.Left, opening.Figures.Version, false);
        Show(opening.Views);
    }

    private async Task<IReadOnlyList<LabelView>> PageAsync() => await Views.OfAsync(
        await Desk.ListAsync(_pipeline!, _order, _last, PageSize, Session.Token, _leaving.Token), Session.Caller, _leaving.Token);

    private Task<LabelFigures> FiguresAsync() => Desk.FiguresAsync(_pipeline!, Session.Token, TimeZoneInfo.Local, _leaving.Token);

    private void Show(IReadOnlyList<LabelView> page)
    {
        _bench.Add(page);
        _last = page.Count > 0 ? page[^1].Item : _last;
        _hasMore = page.Count == PageSize;
    }

    /// <summary>What is counted by the training statement; that it cannot be run is no reason to label nothing.</summary>
    private async Task LookAheadAsync()
    {
        try
        {
            _left = await Outlook.LeftAsync(_pipeline!.Definition, _leaving.Token);
        }
        catch (Exception failed) when (failed is NpgsqlException or QueryException)
        {
            _left = null;
        }
    }

    private async Task RefreshAsync()
    {
        if (_pipeline is null)
            return;
        _figures = await FiguresAsync();
        await LookAheadAsync();
        StateHasChanged();
    }

    /// <summary>Training begins and ends without this page's doing.</summary>
    private void Hear(LiveFigures figures)
    {
        var isTraining = figures.Look.Runs.Any(run => run.Model == _pipeline?.Definition.Model.Name);
        if (isTraining == _wasTraining)
            return;
        _wasTraining = isTraining;
        _ = InvokeAsync(() => TryAsync(RefreshAsync));
    }

    private async Task TrainAsync()
    {
        var (name, model) = (_pipeline!.Definition.Name, _pipeline.Definition.Model.Name);
        if (!await Dialogs.ConfirmAsync(T["label.trainTitle", model], T["label.trainText"], T["label.trainAct"]))
            return;
        await TryAsync(async () =>
        {
            await _writes; // what was said before is learned, too
            await Actions.TrainAsync(Session.Token, name);
            (_status, _wasTraining) = (T["label.trainStarted"], true); // it may end before anybody hears that it began
            await RefreshAsync();
        });
    }

    private void GoTo(string? pipeline, WorkOrder order) => Nav.NavigateTo(Nav.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["pipeline"] = _pipelines.Count > 1 ? pipeline : null,
        ["order"] = order == WorkOrder.Unsure ? null : Word(order),
    }));

    private string? CountOf(WorkOrder order) => order switch
    {
        WorkOrder.Waiting => _figures is { Waiting: > 0 and var count } ? PageTexts.Number(count) : null,
        WorkOrder.Disagreed when _disagreed > 0 => PageTexts.Number(_disagreed) + (_disagreed >= LabelWork.MostCounted ? "+" : ""),
        _ => null,
    };

    private static string Word(WorkOrder order) => order switch
    {
        WorkOrder.Disagreed => "disagreed",
        WorkOrder.Waiting => "waiting",
        _ => "unsure",
    };
}

/// <summary>What a page shows first.</summary>
public sealed record LabelOpening(
    IReadOnlyList<PipelineRow> Pipelines, int PipelineId, WorkOrder Order, IReadOnlyList<LabelView> Views, LabelFigures Figures, long Disagreed,
    long? Left);
