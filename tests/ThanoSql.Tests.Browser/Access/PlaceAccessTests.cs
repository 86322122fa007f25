using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser.Access;

/// <summary>An open page goes from place to place without a request, so that a browser's own script may go anywhere.</summary>
public sealed class PlaceAccessTests(BrowserShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("label", TokenScope.Query)]
    [InlineData("upload", TokenScope.Query)]
    [InlineData("pipelines", TokenScope.Search)]
    [InlineData("models", TokenScope.Search)]
    [InlineData("models/foods", TokenScope.Search)]
    [InlineData("query", TokenScope.Search)]
    [InlineData("settings", TokenScope.Write)]
    public Task A_place_beyond_the_tokens_scope_shows_nothing(string place, TokenScope scope) => shop.VisitAsync(
        chromium, new Visit { Scope = scope, Language = "en" }, async person =>
        {
            await person.Page.Locator("main[data-live]").WaitForAsync();
            await person.Page.EvaluateAsync($"Blazor.navigateTo('{place}')");

            await Assertions.Expect(person.Page.GetByText(person.T("shell.notAllowed"))).ToBeVisibleAsync();
            await Assertions.Expect(person.Page.Locator("main table, main input, main textarea")).ToHaveCountAsync(0);
        });
}
