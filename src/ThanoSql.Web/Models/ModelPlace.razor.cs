using MudBlazor;
using ThanoSql.Catalog.Live;
using ThanoSql.Catalog.Models;
using ThanoSql.Query.Live;
using ThanoSql.Query.Models;
using ThanoSql.Web.Parts;

namespace ThanoSql.Web.Models;

/// <summary>A model: how good it is, its versions, what it takes for what, and its training as it goes on.</summary>
public sealed partial class ModelPlace : IDisposable
{
    private const int FirstVersions = 8;
    private const int AllVersions = 1000;
    private const int WideFrom = 8; // labels

    private int _versions = FirstVersions;
    private OpenRun? _run;
    private string _log = "";
    private bool _isHearing;
    private IDisposable? _live;

    /// <summary>Of the model.</summary>
    [Parameter]
    public string Name { get; set; } = "";

    /// <summary>The number of the version that is looked at; null for the one in use.</summary>
    [SupplyParameterFromQuery]
    private int? Version { get; set; }

    /// <summary>The cell that is open: what its pictures carry.</summary>
    [SupplyParameterFromQuery]
    private string? Label { get; set; }

    /// <summary>The cell that is open: what the version says.</summary>
    [SupplyParameterFromQuery]
    private string? Answer { get; set; }

    /// <summary>The label in the middle of a map that cannot show all.</summary>
    [SupplyParameterFromQuery]
    private string? Around { get; set; }

    /// <summary>Kept from the first, unseen rendering.</summary>
    [PersistentState]
    public ModelView? View { get; set; }

    [Inject]
    private ModelBoard Board { get; set; } = null!;

    [Inject]
    private ModelActions Actions { get; set; } = null!;

    [Inject]
    private LiveFeed Feed { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    private ModelSummary? Model => View?.Sheet?.Model;

    private VersionSummary? Shown => View?.Sheet?.Shown(Version);

    private IReadOnlyList<VersionSummary> Returnable => [.. View?.Sheet?.Versions.Where(v => v.CanReturn) ?? []];

    /// <summary>Where a rollback goes by itself: the version that answered before the one in use.</summary>
    private VersionSummary? Earlier =>
        Returnable.FirstOrDefault(v => v.Number == View?.Sheet?.Shown(null)?.Parent) ?? (Returnable is [var newest, ..] ? newest : null);

    private bool IsWide => View?.Version?.Map.Labels.Count > WideFrom;

    private string Rests => View?.Sheet?.Versions.FirstOrDefault(v => v is { State: VersionState.Rejected, PromotedAt: not null }) is { } left
        ? T["models.restsSince", left.Number]
        : T["models.restsFor", Model?.SchedulePaused];

    public void Dispose() => _live?.Dispose();

    protected override async Task OnParametersSetAsync()
    {
        var address = new ViewAddress(Name, Version, Label, Answer, Around);
        if (View?.Address != address)
            await TryAsync(() => LoadAsync(address, anew: false));
        _run ??= View?.Sheet?.OpenRun;
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _live = Feed.Subscribe(figures => _ = InvokeAsync(() => HearAsync(figures)));
    }

    /// <param name="address">What is to be seen.</param>
    /// <param name="anew">Whether the model may have changed since.</param>
    private async Task LoadAsync(ViewAddress address, bool anew)
    {
        var (known, token) = (anew ? null : View, Session.Token);
        var sheet = known?.Address.Name == address.Name && known.Sheet is not null
            ? known.Sheet
            : await Board.FindAsync(token, address.Name, _versions, CancellationToken.None);
        if (address.Version is not null && sheet is { More: true } && sheet.Versions.All(v => v.Number != address.Version))
            sheet = await Board.FindAsync(token, address.Name, _versions = AllVersions, CancellationToken.None);
        var shown = sheet?.Shown(address.Version);
        var version = shown is null || known?.Version?.VersionId == shown.VersionId && known.Address.Around == address.Around
            ? known?.Version
            : await Board.VersionAsync(token, shown.VersionId, address.Around, CancellationToken.None);
        var pictures = version is not null && address is { Label: { } label, Answer: { } answer }
            ? await Board.PicturesAsync(Session.Caller, version.VersionId, label, answer, CancellationToken.None)
            : null;
        if (address == new ViewAddress(Name, Version, Label, Answer, Around)) // or something newer was asked for meanwhile
            View = new ModelView(address, sheet, version, pictures);
    }

    private Task ReloadAsync() => LoadAsync(new ViewAddress(Name, Version, Label, Answer, Around), anew: true);

    private async Task HearAsync(LiveFigures figures)
    {
        if (_isHearing || figures.IsStale)
            return;
        _isHearing = true;
        await TryAsync(() => FollowAsync(figures.Look.Runs.FirstOrDefault(run => run.Model == Name)));
        _isHearing = false;
    }

    private async Task FollowAsync(OpenRun? run)
    {
        var before = (_run, _log);
        if (run?.RunId != _run?.RunId || run is null && View?.Sheet?.OpenRun is not null)
            await ReloadAsync();
        _log = run is null ? "" : (await Board.RunAsync(Session.Token, run.RunId, CancellationToken.None))?.Log ?? "";
        _run = run;
        if (before != (_run, _log))
            StateHasChanged();
    }

    private Task<bool> ShowOlderAsync() => TryAsync(() =>
    {
        _versions = AllVersions;
        return ReloadAsync();
    });

    private async Task TrainAsync()
    {
        var text = Model!.Version is { } current ? T["models.trainText", Model.TrainedBy, current] : T["models.trainFirst", Model.TrainedBy];
        if (await Dialogs.ConfirmAsync(T["models.trainTitle", Name], text, T["models.train"]))
            await ActAsync(() => Actions.TrainAsync(Session.Token, Model.TrainedBy!));
    }

    private Task<bool> RollBackAsync() => TryAsync(async () =>
    {
        var pictures = await Board.PicturesAsync(Session.Token, Model!.ModelId, CancellationToken.None);
        var parameters = new DialogParameters<RollbackDialog>
        {
            { dialog => dialog.Model, Model },
            { dialog => dialog.Versions, Returnable },
            { dialog => dialog.Version, Earlier!.Number },
            { dialog => dialog.Pictures, pictures },
        };
        var dialog = await Dialogs.ShowAsync<RollbackDialog>(T["models.rollBackTitle", Name], parameters);
        if (await dialog.Result is { Canceled: false, Data: int version })
            await ActAsync(() => Actions.RollBackAsync(Session.Token, Name, version));
    });

    private async Task ResumeAsync()
    {
        if (await Dialogs.ConfirmAsync(T["models.resumeTitle", Name], T["models.resumeText"], T["models.resume"]))
            await ActAsync(() => Actions.ResumeAsync(Session.Token, Name));
    }

    private async Task StopAsync()
    {
        if (_run is { } run && await Dialogs.ConfirmAsync(T["models.stopTitle"], T["models.stopText"], T["models.stop"], isDanger: true))
            await ActAsync(() => Actions.StopAsync(Session.Token, run.RunId));
    }

    private Task<bool> ActAsync(Func<Task> act) => TryAsync(async () =>
    {
        ClearFailure();
        await act();
        await ReloadAsync();
        _run = View?.Sheet?.OpenRun;
    });

    private string Address(int? version) => Nav.GetUriWithQueryParameters(
        new Dictionary<string, object?> { ["version"] = version, ["label"] = null, ["answer"] = null, ["around"] = null });

    private string AddressAround(string label) =>
        Nav.GetUriWithQueryParameters(new Dictionary<string, object?> { ["around"] = label, ["label"] = null, ["answer"] = null });

    private string AddressOfCell(string label, string answer) =>
        Nav.GetUriWithQueryParameters(new Dictionary<string, object?> { ["label"] = label, ["answer"] = answer });
}
