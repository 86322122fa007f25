using System.Text.Json;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>Somebody who looks at the page.</summary>
/// <param name="page">The tab.</param>
/// <param name="visit">How they came.</param>
/// <param name="origin">Of the service.</param>
/// <param name="token">Theirs.</param>
public sealed class Person(IPage page, Visit visit, Uri origin, string token)
{
    private static readonly Dictionary<string, Dictionary<string, string>> Texts =
        new[] { "ko", "en" }.ToDictionary(language => language, Read);

    public IPage Page => page;

    public Visit Visit => visit;

    public string Token => token;

    /// <summary>What the page says, in this person's language: <c>T("search.empty")</c>.</summary>
    public string T(string key, params object[] values) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        Texts[visit.Language].GetValueOrDefault(key) ?? throw new KeyNotFoundException($"No text '{key}' in '{visit.Language}'."), values);

    /// <summary>Opens an address of the service, and waits until the page answers to clicks.</summary>
    public async Task GoAsync(string place)
    {
        await page.GotoAsync(new Uri(origin, place).AbsoluteUri);
        await ReadyAsync();
    }

    /// <summary>Waits until the page answers to clicks.</summary>
    public Task ReadyAsync() => Task.CompletedTask;

    /// <summary>Signs in by the form.</summary>
    public async Task SignInAsync()
    {
        await GoAsync("/");
        await page.Locator("input[type=password]").FillAsync(token);
        await page.Keyboard.PressAsync("Enter");
        await ReadyAsync();
    }

    public ILocator Button(string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name });

    /// <summary>Looks whether the page is as it should be: for anybody to use, and calm.</summary>
    public async Task LooksRightAsync()
    {
        await Axe.CheckAsync(page);
        await Look.Layout.CheckAsync(page);
    }

    private static Dictionary<string, string> Read(string language)
    {
        var folder = Repository.File($"src/ThanoSql.Web/Texts/{language}");
        return !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, "*.json")
            .SelectMany(file => JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file))!).ToDictionary();
    }
}
