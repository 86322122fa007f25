using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace ThanoSql.Web.Shell;

/// <summary>The rail and a place beside it. Leaves when the token ends.</summary>
public sealed partial class MainLayout : IDisposable
{
    private ErrorBoundary? _boundary;

    [Inject]
    private PageTexts T { get; set; } = null!;

    [Inject]
    private NavigationManager Nav { get; set; } = null!;

    [Inject]
    private AuthenticationStateProvider State { get; set; } = null!;

    private string Here => Nav.ToBaseRelativePath(Nav.Uri).Split('#')[0];

    public void Dispose()
    {
        State.AuthenticationStateChanged -= Leave;
        Nav.LocationChanged -= Moved;
    }

    protected override void OnInitialized()
    {
        State.AuthenticationStateChanged += Leave;
        Nav.LocationChanged += Moved;
    }

    private void Leave(Task<AuthenticationState> state) => _ = InvokeAsync(async () =>
    {
        if ((await state).User.Identity?.IsAuthenticated is not true)
            Nav.NavigateTo($"sign-in?ended=true&to={Uri.EscapeDataString($"/{Nav.ToBaseRelativePath(Nav.Uri)}")}", forceLoad: true);
    });

    private void Moved(object? sender, LocationChangedEventArgs moved)
    {
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }
}
