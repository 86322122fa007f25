using ThanoSql.Tests.Browser.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.Access;

/// <summary>The page behind a real nginx: TLS, and a path of its own.</summary>
public sealed class ProxiedPageTests(BrowserShop shop, Chromium chromium)
{
    [Fact]
    public async Task It_works_under_a_path_and_over_TLS()
    {
        await using var nginx = await NginxServer.StartAsync(shop.Client.Http.BaseAddress!);
        await using var context = await (await chromium.BrowserAsync()).NewContextAsync(new() { Locale = "ko-KR", IgnoreHTTPSErrors = true });
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{nginx.Address}settings");
        await page.Locator("#token").FillAsync(shop.Token);
        await page.Keyboard.PressAsync("Enter");

        await page.Locator("main[data-live]").WaitForAsync();
        page.Url.ShouldBe($"{nginx.Address}settings");
        (await context.CookiesAsync()).Single(cookie => cookie.Name == "thanosql")
            .ShouldSatisfyAllConditions(c => c.Secure.ShouldBeTrue(), c => c.HttpOnly.ShouldBeTrue());
        await page.GetByRole(AriaRole.Link, new() { Name = "파이프라인" }).ClickAsync();
        await page.WaitForURLAsync($"{nginx.Address}pipelines");
        await page.GetByText("로그아웃").ClickAsync();
        await page.WaitForURLAsync($"{nginx.Address}sign-in");
    }
}
