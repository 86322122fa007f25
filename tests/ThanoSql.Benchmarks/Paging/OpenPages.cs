using Microsoft.Playwright;

namespace ThanoSql.Benchmarks.Paging;

/// <summary>Debian's Chromium without a window: a profile, and a tab for each page.</summary>
internal sealed class OpenPages : IAsyncDisposable
{
    private readonly IPlaywright _driver;
    private readonly IBrowser _browser;
    private readonly IBrowserContext _profile;

    private OpenPages(IPlaywright driver, IBrowser browser, IBrowserContext profile) => (_driver, _browser, _profile) = (driver, browser, profile);

    public static async Task<OpenPages> StartAsync()
    {
        var driver = await Playwright.CreateAsync();
        var browser = await driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"],
        });
        return new OpenPages(driver, browser, await browser.NewContextAsync());
    }

    /// <summary>In a tab of its own, until it answers to clicks.</summary>
    public async Task OpenAsync(Uri address)
    {
        var page = await _profile.NewPageAsync();
        await page.GotoAsync(address.AbsoluteUri, new PageGotoOptions { Timeout = 0 });
        await page.Locator("#main[data-live]").WaitForAsync(new LocatorWaitForOptions { Timeout = 0 });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _driver.Dispose();
    }
}
