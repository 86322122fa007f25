using ThanoSql.Catalog.Labels;
using ThanoSql.Query.Images;
using ThanoSql.Query.Labels;
using ThanoSql.Query.Search;
using ThanoSql.Query.Statements;

namespace ThanoSql.Web.Search;

/// <summary>One picture, large, and all that is known of it. Whoever may write says here what it shows.</summary>
public sealed partial class PicturePanel
{
    private const int Large = 800; // pixels
    private const int Original = 2048; // the largest that the service shows

    private HitDetail? _detail;
    private string? _large;
    private string? _original;
    private string? _shown;
    private bool _isCorrecting;
    private bool _hasField; // as it was rendered last

    [Parameter, EditorRequired]
    public FoundPicture Picture { get; set; } = null!;

    [Parameter, EditorRequired]
    public string Table { get; set; } = "";

    [Parameter, EditorRequired]
    public EventCallback OnClose { get; set; }

    /// <summary>Somebody said what it shows.</summary>
    [Parameter, EditorRequired]
    public EventCallback<FoundPicture> OnChange { get; set; }

    [Inject]
    private HitDetails Details { get; set; } = null!;

    [Inject]
    private ImageLinks Links { get; set; } = null!;

    [Inject]
    private LabelLedger Labels { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    // Where nothing was sure, the best guess can be confirmed, too
    private string? Best => Picture.Keyword ?? _detail?.Keywords.Select(k => k.Keyword).FirstOrDefault();

    private string Spoken => Picture.ByPerson ? T["search.byPerson"]
        : (_detail!.Keywords.Select(k => (int?)k.Version).FirstOrDefault() ?? Picture.Version) is { } version ? $"{_detail.Model} v{version}"
        : _detail.Model;

    private string Who => _detail?.Label is { } label && Picture.ByPerson
        ? T["search.person", label.LabelledBy, PageTexts.Time(label.LabelledAt)]
        : T["search.model"];

    /// <summary>Says that it shows what it was found by.</summary>
    public Task ConfirmAsync() => Best is { } keyword && !Picture.ByPerson ? SayAsync(keyword) : Task.CompletedTask;

    /// <summary>Asks what it shows.</summary>
    public void Correct()
    {
        _isCorrecting = true;
        StateHasChanged();
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Picture.Path)
            return;
        (_shown, _detail, _large, _original, _isCorrecting) = (Picture.Path, null, null, null, false);
        ClearFailure();
        if (Picture.Path is not null)
            await TryAsync(() => LoadAsync(Picture.Path));
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        var opened = _isCorrecting && !_hasField;
        _hasField = _isCorrecting;
        if (!opened)
            return;
        await using var module = await Script.InvokeAsync<IJSObjectReference>("import", SearchPlace.Module);
        await module.InvokeVoidAsync("focus", "search-other");
    }

    private async Task LoadAsync(string path)
    {
        var detail = await Details.FindAsync(Table, path, Session.Token, CancellationToken.None);
        if (path != Picture.Path || detail is null)
            return; // somebody went on
        var (large, _) = await Links.CreateAsync(detail.Picture, Large, Session.Caller, CancellationToken.None);
        var (original, _) = await Links.CreateAsync(detail.Picture, Original, Session.Caller, CancellationToken.None);
        (_detail, _large, _original) = (detail, large, original);
    }

    private Task SayAsync(string label) => TryAsync(async () =>
    {
        _isCorrecting = false;
        Permission.Require(Session.Token, TokenScope.Write, "Labelling a picture"); // a browser may call what it is not shown
        if (Picture.Path is not { } path || _detail is not { Picture: var picture })
            return;
        var said = new SaidLabel(picture.Bucket, picture.Key, label);
        var outcome = (await Labels.SetAsync([said], Speaker.Of(Session.Token), CancellationToken.None))[0];
        if (outcome.Failure(path) is { } failure)
            throw failure;
        await OnChange.InvokeAsync(Picture with { Keyword = outcome.Label, Score = 1, Version = null, ByPerson = true });
        await LoadAsync(path);
    });
}
