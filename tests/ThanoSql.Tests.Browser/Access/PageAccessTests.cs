using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser.Access;

/// <summary>What signing in takes, and what the cookie is good for.</summary>
public sealed class PageAccessTests(BrowserShop shop)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Uri Address => shop.Client.Http.BaseAddress!;

    [Fact]
    public async Task A_token_gives_a_cookie_that_scripts_cannot_read()
    {
        using var browser = new Browser(Address);
        (await browser.GetAsync("/pipelines")).Headers.Location!.OriginalString.ShouldEndWith("/sign-in?to=%2Fpipelines");

        using var answer = await browser.SubmitAsync("/sign-in?to=/pipelines", ("token", shop.Token));

        answer.Headers.Location!.OriginalString.ShouldEndWith("/pipelines");
        answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("thanosql=", StringComparison.Ordinal))
            .ShouldSatisfyAllConditions(c => c.ShouldContain("httponly"), c => c.ShouldContain("samesite=lax"), c => c.ShouldContain("path=/"));
        (await browser.GetAsync("/pipelines")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("tsql_wrong")]
    [InlineData("")]
    public async Task A_wrong_token_gives_nothing(string token)
    {
        using var browser = new Browser(Address);
        (await browser.SubmitAsync("/sign-in", ("token", token))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        browser.Session.ShouldBeNull();
    }

    [Theory]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    [InlineData("https://elsewhere.example/")]
    [InlineData("javascript:alert(1)")]
    public async Task Signing_in_leads_to_no_other_site(string to)
    {
        using var browser = new Browser(Address);
        using var answer = await browser.SubmitAsync($"/sign-in?to={Uri.EscapeDataString(to)}", ("token", shop.Token));
        new Uri(Address, answer.Headers.Location!).ShouldBe(Address);
    }

    [Fact]
    public async Task A_link_signs_in_once_and_only_when_it_is_followed()
    {
        var code = await shop.Services.GetRequiredService<SignInLinks>().CreateAsync(await TokenAsync(), Cancellation);
        using Browser chat = new(Address), reader = new(Address), late = new(Address);
        (await chat.GetAsync($"/sign-in?code={code}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        chat.Session.ShouldBeNull();

        await reader.SubmitAsync($"/sign-in?code={code}");
        (await late.SubmitAsync($"/sign-in?code={code}")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        reader.Session.ShouldNotBeNull();
        late.Session.ShouldBeNull();
    }

    [Fact]
    public async Task Forms_of_other_sites_sign_nobody_in_or_out()
    {
        using var browser = new Browser(Address);
        (await browser.PostAsync("/sign-in", ("_handler", "sign-in"), ("token", shop.Token))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await browser.SubmitAsync("/sign-in", ("token", shop.Token));
        (await browser.PostAsync("/sign-out")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_API_takes_the_cookie_from_the_pages_own_scripts_alone()
    {
        using var browser = new Browser(Address);
        await browser.SubmitAsync("/sign-in", ("token", shop.Token));
        (await browser.GetAsync("/api/v1/failures")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await browser.GetAsync("/api/v1/failures", ("X-ThanoSQL-Page", "1"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_pages_socket_is_for_its_own_origin_and_for_who_is_signed_in()
    {
        using var browser = new Browser(Address);
        (await browser.GetAsync("/_blazor")).Headers.Location!.OriginalString.ShouldContain("/sign-in");
        await browser.SubmitAsync("/sign-in", ("token", shop.Token));
        (await browser.GetAsync("/_blazor", ("Origin", "https://elsewhere.example"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_cookie_ends_with_its_token_at_every_query_process()
    {
        var tokens = shop.Services.GetRequiredService<TokenCatalog>();
        var name = $"passing {Guid.NewGuid():N}";
        var secret = await tokens.CreateAsync(name, TokenScope.Query, null, Cancellation);
        await using var second = await shop.StartAsync(Indexer.Hosting.Roles.All);
        using Browser first = new(Address), other = new(new Uri(second.Urls.First()));
        await first.SubmitAsync("/sign-in", ("token", secret));
        var cookie = ("Cookie", $"thanosql={first.Session!.Value}");
        (await other.GetAsync("/pipelines", cookie)).StatusCode.ShouldBe(HttpStatusCode.OK);

        await tokens.RevokeAsync(name, Cancellation);

        foreach (var browser in new[] { first, other })
            await EndsAsync(() => browser.GetAsync("/pipelines", browser == other ? [cookie] : []));
        await second.StopAsync(Cancellation);
    }

    private static async Task EndsAsync(Func<Task<HttpResponseMessage>> ask)
    {
        while ((await ask()).StatusCode == HttpStatusCode.OK)
            await Task.Delay(50, Cancellation);
    }

    private async Task<ApiToken> TokenAsync() =>
        (await shop.Services.GetRequiredService<TokenCatalog>().AuthenticateAsync(shop.Token, Cancellation))!;
}
