using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>Debian's browser, without a window: one for all tests, each of which looks through a profile of its own. Nothing is downloaded.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>Milliseconds after which what should come is missed.</summary>
    public const int Patience = 30_000;

    private const string Program = "/usr/bin/chromium";

    private readonly Lazy<Task<IBrowser>> _browser;
    private IPlaywright? _driver;

    public Chromium() => _browser = new Lazy<Task<IBrowser>>(LaunchAsync);

    /// <summary>Started when a test first asks.</summary>
    public Task<IBrowser> BrowserAsync() => _browser.Value;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated)
            await (await _browser.Value).DisposeAsync();
        _driver?.Dispose();
    }

    private async Task<IBrowser> LaunchAsync()
    {
        await ServersScript.RunAsync("install", "chromium");
        Environment.SetEnvironmentVariable("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        Assertions.SetDefaultExpectTimeout(Patience);
        _driver = await Playwright.CreateAsync();
        return await _driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            // Containers have no user namespaces for its sandbox, and little shared memory; and it is to call nobody by itself
            Args =
            [
                "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--no-first-run",
                "--host-resolver-rules=MAP shop.example 127.0.0.1",
            ],
        });
    }
}
