using NetVips;
using ThanoSql.Tests.Browser.World;
using ThanoSql.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace ThanoSql.Tests.Browser;

/// <summary>The two pictures of the README: drawn anew where THANOSQL_DRAW_README is set, looked at for their size otherwise.</summary>
public sealed class ReadmePicturesTests(BrowserShop shop, Chromium chromium)
{
    private const int Most = 300_000; // bytes

    [Theory]
    [InlineData("page-search.png", "ko", false)]
    [InlineData("page-search-dark.png", "en", true)]
    public async Task It_shows_the_search_of_the_drawn_shop(string file, string language, bool isDark)
    {
        var path = Repository.File($"docs/{file}");
        if (Environment.GetEnvironmentVariable("THANOSQL_DRAW_README") is { Length: > 0 })
            await DrawAsync(path, new Visit { Language = language, IsDark = isDark, Size = (1200, 760), Name = language == "ko" ? "멜론상점" : "Melon shop" });
        new FileInfo(path).Length.ShouldBeInRange(1, Most);
    }

    private Task DrawAsync(string path, Visit visit) => shop.VisitAsync(chromium, visit, async person =>
    {
        await person.GoAsync("/?q=과일&q=버섯&sort=price");
        await person.Page.Locator(".hit").Nth(1).ClickAsync();
        await Expect(person.Page.Locator(".picture-keywords dt")).ToHaveCountAsync(5);
        await person.ShowsPicturesAsync();
        using var picture = Image.NewFromBuffer(await person.Page.ScreenshotAsync());
        picture.Pngsave(path, palette: true, effort: 10, keep: Enums.ForeignKeep.None);
    });
}
