using NetVips;
using ThanoSql.Tests.Browser.World;
using ThanoSql.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace ThanoSql.Tests.Browser;

/// <summary>The two pictures of the README: drawn anew where THANOSQL_DRAW_README is set, looked at for their size otherwise.</summary>
public sealed class ReadmePicturesTests(BrowserShop shop, Chromium chromium)
{
    private const int Most = 300_000; // bytes

    [Fact]
    public Task The_search() => DrawnAsync("docs/page-search.png", new Visit { Language = "ko", Name = "멜론상점", Size = (1280, 864) }, async person =>
    {
        await person.GoAsync("/?q=과일&q=버섯&sort=price");
        await person.Page.Locator(".hit").Nth(1).ClickAsync();
        await Expect(person.Page.Locator(".picture-keywords dt")).ToHaveCountAsync(5);
    });

    [Fact]
    public Task A_model() => DrawnAsync(
        "docs/page-model.png", new Visit { Language = "en", Name = "Melon shop", Size = (1280, 864), IsDark = true }, async person =>
        {
            await person.GoAsync("/models/foods");
            await Expect(person.Page.GetByText("foods").First).ToBeVisibleAsync();
        });

    private async Task DrawnAsync(string file, Visit visit, Func<Person, Task> does)
    {
        var path = Repository.File(file);
        if (Environment.GetEnvironmentVariable("THANOSQL_DRAW_README") is { Length: > 0 })
        {
            await shop.VisitAsync(chromium, visit, async person =>
            {
                await does(person);
                await person.ShowsPicturesAsync();
                using var picture = Image.NewFromBuffer(await person.Page.ScreenshotAsync());
                picture.Pngsave(path, palette: true, effort: 10, keep: Enums.ForeignKeep.None);
            });
        }
        new FileInfo(path).Length.ShouldBeInRange(1, Most);
    }
}
