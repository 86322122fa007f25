namespace ThanoSql.Tests.Browser.World;

/// <summary>The place where people label, as they see it.</summary>
public sealed class LabelDesk(IPage page)
{
    private ILocator Chosen => page.Locator("[data-place][aria-selected=true]");

    public ILocator Field => page.Locator("input[role=combobox]");

    /// <summary>A label that completes what was typed.</summary>
    public ILocator Choice(string label) => page.Locator("#label-choices [role=option]").Filter(new() { HasText = label }).First;

    private ILocator Current => page.Locator("[data-place][tabindex='0']");

    public ILocator Cards => page.Locator("[data-place]");

    /// <summary>Waits until the place answers to keys.</summary>
    public Task ReadyAsync() => Assertions.Expect(page.Locator("main [aria-busy]").First).ToHaveAttributeAsync("aria-busy", "false");

    /// <summary>Waits until so many pictures are there, and so many of them chosen.</summary>
    public async Task ShowsAsync(int pictures, int chosen)
    {
        await ReadyAsync();
        await Assertions.Expect(Cards).ToHaveCountAsync(pictures);
        await Assertions.Expect(Chosen).ToHaveCountAsync(chosen);
    }

    /// <summary>What was done last, as the page tells.</summary>
    public Task SaysAsync(string status) => Assertions.Expect(page.Locator(".label-status")).ToHaveTextAsync(status);

    /// <summary>Waits until the first label that completes what was typed is this one.</summary>
    public Task OffersAsync(string label) => Assertions.Expect(page.Locator("#label-choice-0")).ToContainTextAsync(label);

    public Task<string> TypedAsync() => Field.InputValueAsync();

    /// <summary>Of the picture that keys move on from.</summary>
    public async Task<string> PathAsync() => PathOf(await Current.Locator("img").GetAttributeAsync("src"));

    /// <summary>The first line below that picture.</summary>
    public async Task<string> CaptionAsync() => await Current.Locator(".cap > :first-child").InnerTextAsync();

    /// <summary>Presses a key, and waits until another picture is current.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> AfterAsync(string key)
    {
        var before = await Current.GetAttributeAsync("data-place");
        await page.Keyboard.PressAsync(key);
        await Assertions.Expect(Current).Not.ToHaveAttributeAsync("data-place", before!);
        return await PathAsync();
    }

    /// <summary>Pictures in a row.</summary>
    public Task<int> ColumnsAsync() => page.EvaluateAsync<int>(
        "() => { const all = [...document.querySelectorAll('[data-place]')]; return all.filter(c => c.offsetTop === all[0].offsetTop).length; }");

    private static string PathOf(string? source) => Uri.UnescapeDataString(source!.Split('?')[0])["/images/".Length..];
}
