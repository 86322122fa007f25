namespace ThanoSql.Web.Access;

/// <summary>
/// The one page without a token: takes one, or follows a link that signs in once. Following takes a form that is sent, not an address that is opened:
/// chats look at addresses before people do.
/// </summary>
public sealed partial class SignIn
{
    [CascadingParameter]
    private HttpContext Context { get; set; } = null!;

    /// <summary>Where to go then: an address of this service.</summary>
    [SupplyParameterFromQuery(Name = "to")]
    private string? ToQuery { get; set; }

    /// <summary>Of a link.</summary>
    [SupplyParameterFromQuery(Name = "code")]
    private string? CodeQuery { get; set; }

    [SupplyParameterFromQuery(Name = "ended")]
    private bool Ended { get; set; }

    [SupplyParameterFromForm(Name = "to", FormName = "sign-in")]
    private string? ToForm { get; set; }

    [SupplyParameterFromForm(Name = "token", FormName = "sign-in")]
    private string? Secret { get; set; }

    [SupplyParameterFromForm(Name = "code", FormName = "sign-in")]
    private string? CodeForm { get; set; }

    [Inject]
    private PageTexts T { get; set; } = null!;

    [Inject]
    private PageSignIn Access { get; set; } = null!;

    [Inject]
    private NavigationManager Nav { get; set; } = null!;

    private string? Error { get; set; }

    private string? Code => CodeForm ?? CodeQuery;

    private string? To => ToForm ?? ToQuery;

    protected override void OnInitialized() => Error = Ended ? T["access.ended"] : null;

    private async Task SignInAsync()
    {
        var outcome = CodeForm is not null
            ? await Access.FollowAsync(CodeForm, Context.RequestAborted)
            : await Access.WithTokenAsync(Secret?.Trim() ?? "", Context.Connection.RemoteIpAddress, Context.RequestAborted);
        if (outcome.Token is null)
        {
            Error = outcome.Wait is { } wait ? T["access.wait", (int)Math.Ceiling(wait.TotalSeconds)] : T[$"access.{outcome.Refusal}"];
            Context.Response.StatusCode = outcome.Wait is null ? StatusCodes.Status401Unauthorized : StatusCodes.Status429TooManyRequests;
            return;
        }
        await PageCookie.SignInAsync(Context, outcome.Token);
        Nav.NavigateTo(Local(To));
    }

    // Never to another site, however the address is written
    private string Local(string? address) => address is ['/', not ('/' or '\\'), ..] && !address.Any(char.IsControl)
        ? $"{Context.Request.PathBase.ToUriComponent()}{address}"
        : $"{Context.Request.PathBase.ToUriComponent()}/";
}
