using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.World;
using static Microsoft.Playwright.Assertions;

namespace ThanoSql.Tests.Browser;

/// <summary>Somebody looks for pictures.</summary>
public sealed class SearchTests(BrowserShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("ko", false)]
    [InlineData("en", true)]
    public Task A_keyword_that_is_typed_becomes_a_chip_and_its_pictures_are_shown(string language, bool isDark) =>
        VisitAsync(language, isDark, Visit.Desk, async person =>
        {
            await person.Page.Keyboard.PressAsync("/");
            await person.Page.Keyboard.TypeAsync("ㅅㅅ"); // 생선, by its initial consonants
            await Expect(person.Page.GetByRole(AriaRole.Option).First).ToContainTextAsync("생선");
            await person.Page.Keyboard.PressAsync("Enter");
            await Expect(Hits(person).First).ToContainTextAsync("생선");
            person.Page.Url.ShouldEndWith("?q=%EC%83%9D%EC%84%A0");
            await Screenshots.TakeAsync(person.Page, $"search-{language}-word");
            await Hits(person).First.ClickAsync();
            await Expect(person.Page.Locator(".picture-keywords dt")).ToHaveCountAsync(5);
            await Screenshots.TakeAsync(person.Page, $"search-{language}-panel");
            await person.LooksRightAsync();
        });

    private static ILocator Hits(Person person) => person.Page.Locator(".hit");

    private Task VisitAsync(string language, bool isDark, (int, int) size, Func<Person, Task> does) =>
        shop.VisitAsync(chromium, new Visit { Language = language, IsDark = isDark, Size = size }, does);
}
