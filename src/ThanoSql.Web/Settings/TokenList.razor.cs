using MudBlazor;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Doors;
using ThanoSql.Web.Parts;

namespace ThanoSql.Web.Settings;

/// <summary>Tokens: who may do what. A secret is shown once, when it is made.</summary>
public sealed partial class TokenList
{
    private static readonly TimeSpan LoginLasts = TimeSpan.FromHours(8);

    private bool _isCreating;
    private bool _showsEnded;
    private Made? _made;

    /// <summary>Kept from the first drawing of the page for the second.</summary>
    [PersistentState]
    public IReadOnlyList<ApiToken>? Known { get; set; }

    [Inject]
    private TokenCatalog Tokens { get; set; } = null!;

    [Inject]
    private SignInLinks Links { get; set; } = null!;

    [Inject]
    private DoorLogins Logins { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    private DateTimeOffset Now => Clock.GetUtcNow();

    private IEnumerable<ApiToken> Shown => (Known ?? []).Where(token => _showsEnded || token.IsValidAt(Now));

    protected override async Task OnInitializedAsync()
    {
        if (Known is null)
            await TryAsync(LoadAsync);
    }

    private async Task LoadAsync() => Known = await Tokens.ListAsync(CancellationToken.None);

    private Task CreateAsync(NewToken wanted) => TryAsync(async () =>
    {
        var (token, secret) = await Tokens.CreateAsync(wanted, Session.Token.Name, CancellationToken.None);
        var link = token.Restrictions.Origins.Count == 0 ? await AddressAsync(token) : null;
        (_made, _isCreating) = (new Made(T["settings.made", token.Name], secret, link), false);
        ClearFailure();
        await LoadAsync();
    });

    private Task LinkAsync(ApiToken token) => TryAsync(async () =>
        _made = new Made($"{T["settings.linkOf", token.Name]}. {T["settings.link"]}", await AddressAsync(token), null));

    private Task LoginAsync(ApiToken token) => TryAsync(async () =>
    {
        var login = await Logins.OpenAsync(token, LoginLasts, Actor.OfToken(Session.Token.Name), CancellationToken.None);
        _made = new Made($"{T["settings.loginOf", token.Name]}. {T["settings.login", PageTexts.Time(login.ExpiresAt)]}", $"psql '{login.Url}'", null);
    });

    private async Task RevokeAsync(ApiToken token)
    {
        if (!await Dialogs.ConfirmAsync(
            T["settings.revokeTitle", token.Name], T["settings.revokeText"], T["settings.revokeAct"], isDanger: true))
        {
            return;
        }
        await TryAsync(async () =>
        {
            await Tokens.RevokeAsync(token.Name, Session.Token.Name, CancellationToken.None);
            await LoadAsync();
        });
    }

    private async Task<string> AddressAsync(ApiToken token) =>
        $"{Nav.BaseUri}sign-in?code={await Links.CreateAsync(token, CancellationToken.None)}";

    private string StateOf(ApiToken token) =>
        token.RevokedAt is not null ? "revoked" : token.IsValidAt(Now) ? "inForce" : "expired";

    private string Restrictions(TokenRestrictions of) => string.Join(
        " · ",
        of.Tables.Select(table => T["settings.limit.table", table]).Concat(of.Prefixes.Select(prefix => T["settings.limit.prefix", prefix]))
            .Concat(of.Origins).Concat(of.PerMinute is { } most ? [T["settings.limit.perMinute", most]] : []));

    private sealed record Made(string Text, string Secret, string? Link);
}
