using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser.Access;

/// <summary>An open page goes from place to place without a request, so that a browser's own script may go anywhere.</summary>
public sealed class PlaceAccessTests(BrowserShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_script_that_calls_what_is_not_shown_labels_nothing()
    {
        await shop.VisitAsync(chromium, new Visit { Scope = TokenScope.Search, Language = "en", Place = null }, async person =>
        {
            await person.Page.RouteAsync("**/js/search*.js", async route =>
            {
                var script = await (await route.FetchAsync()).TextAsync();
                script.ShouldContain("mayWrite && panel()");
                await route.FulfillAsync(new()
                {
                    ContentType = "text/javascript",
                    Body = script.Replace("mayWrite && panel()", "panel()", StringComparison.Ordinal),
                });
            });
            await person.SignInAsync();
            await person.Page.Locator(".search[data-keys]").WaitForAsync();
            await person.Page.Locator(".hit:not(:has(.badge))").First.FocusAsync(); // nobody has labelled it
            await person.Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(person.Page.Locator(".picture-keywords dt")).ToHaveCountAsync(5);
            await person.Page.Keyboard.PressAsync("Enter");

            await Assertions.Expect(person.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("needs a token of scope 'write'");
        });
    }

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
