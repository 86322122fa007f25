using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>Somebody comes to the page.</summary>
public sealed class SignInTests(BrowserShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_token_opens_the_page(string language) => shop.VisitAsync(chromium, new Visit { Language = language }, async person =>
    {
        await Screenshots.TakeAsync(person.Page, $"start-{language}");
        await Assertions.Expect(person.Page).ToHaveTitleAsync($"{person.T("shell.search")} · ThanoSQL");
    });
}
