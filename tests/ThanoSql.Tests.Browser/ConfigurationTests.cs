using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>The operator looks at what the service runs with.</summary>
public sealed class ConfigurationTests(BrowserShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("ko", false)]
    [InlineData("en", true)]
    public Task The_configuration_in_effect_is_found_by_its_names_and_holds_no_secret(string language, bool isDark) => shop.VisitAsync(
        chromium, new Visit { Language = language, IsDark = isDark, Place = "/settings" }, async person =>
        {
            var page = person.Page;
            var rows = page.Locator(".settings tbody tr");
            await Assertions.Expect(page.Locator(".versions")).ToContainTextAsync("foods v2");
            await person.LooksRightAsync();
            await page.GetByRole(AriaRole.Searchbox, new() { Name = person.T("settings.find") }).FillAsync("limits rows");

            await Assertions.Expect(rows).ToHaveCountAsync(1);
            await Assertions.Expect(rows).ToContainTextAsync("Query:Limits:Rows");
            await Assertions.Expect(rows).ToContainTextAsync(person.T("settings.source.default"));
            await page.GetByRole(AriaRole.Searchbox).FillAsync("ConnectionString");
            await Assertions.Expect(rows.First).ToContainTextAsync("••••••");
            await Screenshots.TakeAsync(page, $"configuration-{language}");
            await page.GetByRole(AriaRole.Searchbox).FillAsync("no such setting");
            await Assertions.Expect(page.GetByText(person.T("settings.noneFound"))).ToBeVisibleAsync();
        });

    [Fact]
    public Task It_fits_a_phone() => shop.VisitAsync(
        chromium, new Visit { Size = Visit.Phone, Place = "/settings" }, async person =>
        {
            await Assertions.Expect(person.Page.Locator(".versions")).ToBeVisibleAsync();
            await person.LooksRightAsync();
        });
}
