using Microsoft.AspNetCore.Components.Routing;
using ThanoSql.Query;
using ThanoSql.Query.Live;
using ThanoSql.Web.Access;

namespace ThanoSql.Web.Shell;

/// <summary>
/// The seven places by word, as far as the token's scope reaches, with what waits there; on a phone five of them as a bar below, the rest behind one
/// more. At its foot who is signed in, what answers, and how the page is shown.
/// </summary>
public sealed partial class Rail : IDisposable
{
    private static readonly RailPlace[] Places =
    [
        new("search", "", TokenScope.Search, OnPhone: true),
        new("label", "label", TokenScope.Write, OnPhone: true),
        new("upload", "upload", TokenScope.Write, OnPhone: true),
        new("pipelines", "pipelines", TokenScope.Query, OnPhone: true),
        new("models", "models", TokenScope.Query, OnPhone: true),
        new("query", "query", TokenScope.Query, OnPhone: false),
        new("settings", "settings", TokenScope.Admin, OnPhone: false),
    ];

    private bool _isOpen;
    private bool _isDark;
    private IDisposable? _live;

    /// <summary>What is shown of the last look.</summary>
    [PersistentState]
    public RailFigures? Figures { get; set; }

    [Inject]
    private PageTexts T { get; set; } = null!;

    [Inject]
    private PageSession Session { get; set; } = null!;

    [Inject]
    private PageTheme Theme { get; set; } = null!;

    [Inject]
    private NavigationManager Nav { get; set; } = null!;

    [Inject]
    private LiveFeed Feed { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    private IEnumerable<RailPlace> Shown => Places.Where(place => Session.Can(place.Scope));

    private bool SeesFigures => Session.Can(TokenScope.Query);

    private string Other => T.Language == PageTexts.Korean ? PageTexts.English : PageTexts.Korean;

    private bool IsDark => Theme.Theme is { } chosen ? chosen == "dark" : _isDark;

    private string Versions =>
        string.Join(" · ", new[] { Figures?.Model, Figures?.Provider, Product.Version }.Where(part => part is { Length: > 0 }));

    public void Dispose()
    {
        Nav.LocationChanged -= Close;
        _live?.Dispose();
    }

    protected override void OnInitialized()
    {
        Nav.LocationChanged += Close;
        if (SeesFigures && Feed.Current is { } known)
            Figures ??= RailFigures.Of(known);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        if (SeesFigures)
            _live = Feed.Subscribe(figures => _ = InvokeAsync(() => Show(RailFigures.Of(figures))));
        _isDark = await Script.InvokeAsync<bool>("thanosql.isDark");
        if (_isDark)
            StateHasChanged();
    }

    private void Show(RailFigures figures)
    {
        if (figures == Figures)
            return;
        Figures = figures;
        StateHasChanged();
    }

    private void Close(object? sender, LocationChangedEventArgs moved)
    {
        _isOpen = false;
        _ = InvokeAsync(StateHasChanged);
    }

    private async Task SwitchLanguageAsync() => await Script.InvokeVoidAsync("thanosql.setLanguage", Other);

    private async Task SwitchThemeAsync()
    {
        Theme.Theme = IsDark ? "light" : "dark";
        await Script.InvokeVoidAsync("thanosql.setTheme", Theme.Theme);
    }

    private sealed record RailPlace(string Name, string Address, TokenScope Scope, bool OnPhone)
    {
        public long Count(RailFigures? figures) => (Name, figures) switch
        {
            ("label", { } now) => now.ToConfirm,
            ("pipelines", { } now) => now.Failures,
            _ => 0,
        };
    }
}
