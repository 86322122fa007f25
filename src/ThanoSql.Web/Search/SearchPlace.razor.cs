using Microsoft.AspNetCore.Components.Routing;

namespace ThanoSql.Web.Search;

/// <summary>
/// Pictures by keyword. What is searched for stands in the address: a change of it is a new address, and a new address is a new search.
/// </summary>
public sealed partial class SearchPlace
{
    internal const string Module = "./_content/ThanoSql.Web/js/search.js";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private ElementReference _root;
    private PicturePanel? _panel;
    private IJSObjectReference? _keys;
    private DotNetObjectReference<SearchPlace>? _self;
    private CancellationTokenSource _asking = new();
    private bool _isAsked;
    private bool _isFiltering;
    private bool _isLoadingMore;
    private int? _open;
    private string? _going; // to an address that the browser does not show yet

    /// <summary>Null while it is not known, and where there is none.</summary>
    [PersistentState]
    public SearchTable? Table { get; set; }

    /// <summary>Null while they are asked for.</summary>
    [PersistentState]
    public SearchResults? Results { get; set; }

    [Inject]
    private SearchLoader Loader { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    private SearchAddress Address { get; set; } = new();

    private string Said => Results is null ? T["shell.loading"]
        : Address.Like is not null ? T["search.likeOrder"]
        : Results.IsEstimate ? T["search.about", Results.Total]
        : Results.Total == 1 ? T["search.one"]
        : T["search.count", Results.Total];

    /// <summary>Asks for the next page. By the browser, when the end of the grid comes near.</summary>
    /// <returns>Whether there may be more.</returns>
    [JSInvokable]
    public async Task<bool> MoreAsync()
    {
        if (_isLoadingMore || Results?.Next is null || Table is null)
            return false;
        _isLoadingMore = true;
        var shown = Results;
        await TryAsync(async () =>
        {
            var more = await Loader.MoreAsync(Address, Table.Name, shown, Session.Caller, _asking.Token);
            if (Results == shown)
                Results = more;
        });
        _isLoadingMore = false;
        StateHasChanged();
        return Results?.Next is not null && Failure is null;
    }

    /// <summary>Closes the panel. Also by Escape.</summary>
    [JSInvokable]
    public void Close()
    {
        _open = null;
        StateHasChanged();
    }

    /// <summary>Says that the open picture shows what it was found by. By Enter.</summary>
    [JSInvokable]
    public Task ConfirmAsync() => _panel?.ConfirmAsync() ?? Task.CompletedTask;

    /// <summary>Asks for another keyword of the open picture. By E.</summary>
    [JSInvokable]
    public void Correct() => _panel?.Correct();

    public async ValueTask DisposeAsync()
    {
        Nav.LocationChanged -= Moved;
        await _asking.CancelAsync();
        _asking.Dispose();
        _self?.Dispose();
        try
        {
            if (_keys is not null)
            {
                await _keys.InvokeVoidAsync("dispose");
                await _keys.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // Nobody looks any more
        }
    }

    protected override async Task OnInitializedAsync()
    {
        Nav.LocationChanged += Moved;
        Address = SearchAddress.Of(Nav.Uri);
        if (Results is null)
            await ShowAsync();
        _isAsked = true;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _self = DotNetObjectReference.Create(this);
        var module = await Script.InvokeAsync<IJSObjectReference>("import", Module);
        _keys = await module.InvokeAsync<IJSObjectReference>("start", _root, _self, Session.Can(TokenScope.Write));
        await module.DisposeAsync();
    }

    private void Moved(object? sender, LocationChangedEventArgs moved) => _ = InvokeAsync(async () =>
    {
        if (Nav.ToBaseRelativePath(moved.Location).Split('?', '#')[0].Length > 0)
            return; // to another place
        var address = SearchAddress.Of(moved.Location);
        if (_going is not null && address.ToString() != _going)
            return; // somebody has gone on
        (_going, Address) = (null, address);
        await ShowAsync();
    });

    // What is changed before the browser has followed adds to this
    private void Go(SearchAddress address, bool replace = false)
    {
        (Address, _going) = (address, address.ToString());
        Nav.NavigateTo(Nav.ToAbsoluteUri(_going).AbsoluteUri, replace: replace);
    }

    private async Task ShowAsync()
    {
        await _asking.CancelAsync();
        _asking.Dispose();
        _asking = new CancellationTokenSource();
        ClearFailure();
        _open = null;
        var asked = AskAsync(_asking.Token);
        // What was there stays for a moment: most searches are answered by then
        if (await Task.WhenAny(asked, Task.Delay(Patience)) != asked)
            Results = null;
        StateHasChanged();
        await asked;
        StateHasChanged();
    }

    private Task<bool> AskAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        if (Table is null || (Address.Table is { } named && named != Table.Name))
            Table = await Loader.TableAsync(Address, Session.Caller, cancellationToken);
        var found = Table is null ? null : await Loader.FirstAsync(Address, Table.Name, Session.Caller, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Results = found;
    });

    private void Replace(int at, FoundPicture changed)
    {
        if (Results is not null)
            Results = Results with { Pictures = [.. Results.Pictures.Select((picture, place) => place == at ? changed : picture)] };
    }

    // The picture that others are to resemble, where its row passes the filters
    private FoundPicture? Liked => Results?.Pictures.FirstOrDefault(picture => picture.Path == Address.Like);

    private string LikeName => Liked?.Name ?? Address.Like![(Address.Like!.LastIndexOf('/') + 1)..];

    private string Detail(FoundPicture picture) =>
        string.Join(" · ", new[] { picture.Keyword ?? T["search.unsure"], picture.Number }.OfType<string>());

    private string ColumnName(string column) => T.ColumnName(column);
}
