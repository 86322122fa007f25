using ThanoSql.Tests.Browser.Look;
using ThanoSql.Web.Texts;

namespace ThanoSql.Tests.Browser.World;

/// <summary>Somebody who looks at the page.</summary>
/// <param name="page">The tab.</param>
/// <param name="visit">How they came.</param>
/// <param name="origin">Of the service.</param>
/// <param name="token">Theirs.</param>
public sealed class Person(IPage page, Visit visit, Uri origin, string token)
{
    private readonly PageTexts _texts = Texts(visit.Language);

    public IPage Page => page;

    public Visit Visit => visit;

    public string Token => token;

    /// <summary>What the page says, in this person's language: <c>T("search.empty")</c>.</summary>
    public string T(string name, params object?[] values)
    {
        _texts.Has(name).ShouldBeTrue($"There is no text '{name}' in '{visit.Language}'.");
        return _texts[name, values];
    }

    /// <summary>Opens an address of the service, and waits until the page answers to clicks.</summary>
    public async Task GoAsync(string place)
    {
        await page.GotoAsync(new Uri(origin, place).AbsoluteUri);
        await ReadyAsync();
    }

    /// <summary>Waits until the page answers to clicks.</summary>
    public Task ReadyAsync() => page.Locator("#main[data-live]").WaitForAsync();

    /// <summary>Signs in by the form.</summary>
    public async Task SignInAsync()
    {
        await page.GotoAsync(new Uri(origin, "/sign-in").AbsoluteUri);
        await page.GetByLabel(T("access.token")).FillAsync(token);
        await Button("access.signIn").ClickAsync();
        await ReadyAsync();
    }

    /// <summary>The button with that text of the page.</summary>
    public ILocator Button(string text) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = T(text) });

    /// <summary>Waits until the pictures in the window are there.</summary>
    public Task ShowsPicturesAsync() => page.WaitForFunctionAsync(
        """
        () => [...document.images].every(image => {
          const box = image.getBoundingClientRect();
          return box.bottom < 0 || box.top > innerHeight || (image.complete && image.naturalWidth > 0);
        })
        """);

    /// <summary>Looks whether the page is as it should be: for anybody to use, and calm.</summary>
    public async Task LooksRightAsync()
    {
        await Axe.CheckAsync(page);
        await Layout.CheckAsync(page);
    }

    private static PageTexts Texts(string language)
    {
        var texts = new PageTexts();
        texts.Use(language);
        return texts;
    }
}
