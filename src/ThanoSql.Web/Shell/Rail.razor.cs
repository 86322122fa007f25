using Microsoft.AspNetCore.Components.Routing;
using ThanoSql.Query;
using ThanoSql.Web.Access;

namespace ThanoSql.Web.Shell;

/// <summary>
/// The seven places by word, as far as the token's scope reaches; on a phone five of them as a bar below, the rest behind one more.
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

    [Inject]
    private PageTexts T { get; set; } = null!;

    [Inject]
    private PageSession Session { get; set; } = null!;

    [Inject]
    private PageTheme Theme { get; set; } = null!;

    [Inject]
    private NavigationManager Nav { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    private IEnumerable<RailPlace> Shown => Places.Where(place => Session.Can(place.Scope));

    private string Other => T.Language == PageTexts.Korean ? PageTexts.English : PageTexts.Korean;

    private bool IsDark => Theme.Theme == "dark";

    private static string Versions => Product.Version;

    public void Dispose() => Nav.LocationChanged -= Close;

    protected override void OnInitialized() => Nav.LocationChanged += Close;

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

    private sealed record RailPlace(string Name, string Address, TokenScope Scope, bool OnPhone);
}
