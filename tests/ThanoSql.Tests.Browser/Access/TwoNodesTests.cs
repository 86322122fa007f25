using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser.Access;

/// <summary>Two query processes behind one address.</summary>
public sealed class TwoNodesTests(BrowserShop shop, Chromium chromium)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_socket_finds_the_other_process_and_a_revoked_token_ends_the_page_there()
    {
        await using var second = await shop.StartAsync(Roles.All);
        await using var proxy = new SwitchingProxy(shop.Client.Http.BaseAddress!.AbsoluteUri);
        var tokens = shop.Services.GetRequiredService<TokenCatalog>();
        var name = $"wanderer {Guid.NewGuid():N}";
        var secret = await tokens.CreateAsync(name, TokenScope.Admin, null, Cancellation);
        await using var context = await (await chromium.BrowserAsync()).NewContextAsync(new() { Locale = "en-GB" });
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{proxy.Address}settings");
        await page.GetByLabel("Token").FillAsync(secret);
        await page.Keyboard.PressAsync("Enter");
        var create = page.GetByRole(AriaRole.Button, new() { Name = "Create token" });
        await Assertions.Expect(create).ToBeVisibleAsync();

        await page.Locator("main[data-live]").WaitForAsync();
        await page.EvaluateAsync("document.body.dataset.before = 'yes'");

        proxy.SwitchTo(second.Urls.First());

        await page.Locator("body:not([data-before])").WaitForAsync(new() { Timeout = 60_000 });
        new Uri(page.Url).AbsolutePath.ShouldBe("/settings");
        await page.Locator("main[data-live]").WaitForAsync(new() { Timeout = 60_000 });
        await create.ClickAsync();
        await Assertions.Expect(page.GetByLabel("Scope")).ToBeVisibleAsync();

        await tokens.RevokeAsync(name, Cancellation);

        await Assertions.Expect(page.GetByText("You were signed out")).ToBeVisibleAsync(Patient);
        await second.StopAsync(Cancellation);
    }
}
