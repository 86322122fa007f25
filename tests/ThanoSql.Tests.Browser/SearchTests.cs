using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Browser.World;
using static Microsoft.Playwright.Assertions;

namespace ThanoSql.Tests.Browser;

/// <summary>Somebody looks for pictures.</summary>
public sealed class SearchTests(BrowserShop shop, Chromium chromium)
{
    private const string Fish = "생선";
    private const string Fruit = "과일";

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task Typing_completes_keywords_by_initials_synonyms_and_in_spite_of_slips(string language) => VisitAsync(language, async person =>
    {
        foreach (var (typed, keyword) in new[] { ("ㅅㅅ", Fish), ("fru", Fruit), ("fsih", Fish) })
        {
            await TypeAsync(person, typed);
            await Expect(Options(person).First).ToContainTextAsync(keyword);
            await person.Page.Keyboard.PressAsync("Enter");

            await Expect(Chosen(person)).ToHaveTextAsync([keyword]);
            await Expect(Hits(person).First).ToContainTextAsync(keyword);
            person.Page.Url.ShouldEndWith($"?q={Uri.EscapeDataString(keyword)}");

            await person.Page.Keyboard.PressAsync("Backspace");
            await Expect(Chosen(person)).ToHaveCountAsync(0);
        }
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task Several_keywords_are_pressed_and_the_address_goes_back_and_can_be_shared(string language) => VisitAsync(language, async person =>
    {
        await Keyword(person, Fish).ClickAsync();
        await Expect(Hits(person)).ToHaveCountAsync(Goods.OfLabel);
        await Keyword(person, Fruit).ClickAsync();
        await Expect(Hits(person)).ToHaveCountAsync(2 * Goods.OfLabel);
        await Expect(Chosen(person)).ToHaveTextAsync([Fish, Fruit]);
        await Expect(person.Page.GetByRole(AriaRole.Status).First).ToHaveTextAsync(person.T("search.count", 2 * Goods.OfLabel));
        var shared = new Uri(person.Page.Url).PathAndQuery;

        await person.Page.GoBackAsync();
        await Expect(Hits(person)).ToHaveCountAsync(Goods.OfLabel);
        await Expect(Chosen(person)).ToHaveTextAsync([Fish]);

        await person.GoAsync(shared);
        await Expect(Hits(person)).ToHaveCountAsync(2 * Goods.OfLabel);
        await Expect(Keyword(person, Fruit)).ToHaveAttributeAsync("aria-pressed", "true");
    });

    [Fact]
    public async Task A_label_of_several_words_is_one_chip()
    {
        var path = await SampleAsync("Apple Pie");
        await VisitAsync("en", async person =>
        {
            await person.GoAsync("/?table=samples");
            await TypeAsync(person, "apple p");
            await Expect(Options(person).First).ToContainTextAsync("Apple Pie");
            await person.Page.Keyboard.PressAsync("Enter");

            await Expect(Chosen(person)).ToHaveTextAsync(["Apple Pie"]);
            await Expect(Hits(person)).ToHaveCountAsync(1);
            await Expect(Hits(person)).ToContainTextAsync(path.Split('/')[1]);
            person.Page.Url.ShouldEndWith("?table=samples&q=Apple%20Pie");
        });
    }

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task Filters_sorting_and_the_threshold_are_those_of_the_pipelines_file(string language) => VisitAsync(language, async person =>
    {
        var cheap = Goods.All.Where(g => g is { Price: >= 5_000 and <= 10_000 }).ToList();
        await person.Button("search.filters").ClickAsync();
        await person.Page.GetByLabel(person.T("search.from", Column(person, "price"))).FillAsync("5000");
        await person.Page.GetByLabel(person.T("search.to", Column(person, "price"))).FillAsync("10000");
        await person.Page.Keyboard.PressAsync("Tab");
        await Expect(Hits(person)).ToHaveCountAsync(cheap.Count);
        await person.Page.GetByLabel(Column(person, "organic")).SelectOptionAsync("true");
        await Expect(Hits(person)).ToHaveCountAsync(cheap.Count(g => g.IsOrganic));
        await person.Page.GetByLabel(person.T("search.sort")).SelectOptionAsync("-price");
        var dearest = cheap.Where(g => g.IsOrganic).Max(g => g.Price);
        await Expect(Hits(person).First).ToContainTextAsync($"{dearest:#,0}");
        await person.Page.GetByLabel(person.T("search.before", Column(person, "created_at"))).FillAsync("2026-11-26");
        await person.Page.Keyboard.PressAsync("Tab");
        await Expect(Hits(person)).ToHaveCountAsync(cheap.Count(g => g.IsOrganic && g.CreatedAt < new DateTime(2026, 11, 26)));
        await person.LooksRightAsync();

        await person.Page.GetByRole(AriaRole.Slider).FillAsync("1");
        await Expect(person.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("min_score=1&"));
        await person.GoAsync("/?min_score=1&q=없는말");
        await Expect(person.Page.GetByText(person.T("search.nothing"))).ToBeVisibleAsync();
        await Expect(person.Page.GetByText(person.T("search.unknown", "없는말"))).ToBeVisibleAsync();
        await person.Button("search.clear").ClickAsync();
        await Expect(Hits(person).First).ToBeVisibleAsync();
    });

    [Fact]
    public Task The_next_pictures_come_as_the_end_comes_near() => VisitAsync("ko", async person =>
    {
        await Expect(Hits(person).First).ToBeVisibleAsync();
        await Hits(person).First.FocusAsync();
        for (var shown = await Hits(person).CountAsync(); shown < Goods.All.Count(); shown = await Hits(person).CountAsync())
            await person.Page.Keyboard.PressAsync("End");
        await Expect(Hits(person)).ToHaveCountAsync(Goods.All.Count());
        var names = await person.Page.Locator(".hit img").EvaluateAllAsync<string[]>("all => all.map(i => i.getAttribute('src').split('?')[0])");
        names.Distinct().Count().ShouldBe(names.Length);
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public async Task With_the_keyboard_alone_a_picture_is_opened_confirmed_and_corrected(string language)
    {
        var path = await SampleAsync(null);
        await VisitAsync(language, async person =>
        {
            await person.GoAsync("/?table=samples&sort=-created_at");
            await person.Page.Locator(".search[data-keys]").WaitForAsync();
            var hit = Hits(person).Filter(new LocatorFilterOptions { HasText = path.Split('/')[1] });
            await hit.FocusAsync();
            await person.Page.Keyboard.PressAsync("Enter");
            await Expect(Panel(person).Locator(".picture-keywords dt")).ToHaveCountAsync(5);
            var keyword = await Panel(person).Locator(".picture-keywords dt").First.InnerTextAsync();

            await person.Page.Keyboard.PressAsync("Enter");
            await Expect(hit).ToContainTextAsync(person.T("search.byPerson"));
            (await shop.LabelOfAsync(path)).ShouldBe(keyword);

            await person.Page.Keyboard.PressAsync("e");
            await Expect(person.Page.GetByLabel(person.T("search.otherField"))).ToBeFocusedAsync();
            await person.Page.Keyboard.TypeAsync("nuts");
            await Expect(Options(person).First).ToContainTextAsync("nuts");
            await person.Page.Keyboard.PressAsync("Enter");
            await Expect(hit).ToContainTextAsync("nuts");
            (await shop.LabelOfAsync(path)).ShouldBe("nuts");

            await person.Page.Keyboard.PressAsync("Escape");
            await Expect(Panel(person)).ToHaveCountAsync(0);
            await Expect(hit).ToBeFocusedAsync();
        });
    }

    [Fact]
    public Task Arrow_keys_go_on_from_the_open_picture() => VisitAsync("ko", async person =>
    {
        await person.GoAsync($"/?q={Fruit}&sort=price");
        var inOrder = Goods.All.Where(g => g.Label == Fruit).OrderBy(g => g.Price).Select(g => g.Path).ToList();
        await Hits(person).First.ClickAsync();
        await Expect(Panel(person)).ToContainTextAsync(inOrder[0]);
        await person.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(Panel(person)).ToContainTextAsync(inOrder[1]);
        await person.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(Panel(person)).ToContainTextAsync(inOrder[2]);
        await person.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(Panel(person)).ToContainTextAsync(inOrder[1]);
    });

    [Theory]
    [InlineData("ko", 1440)]
    [InlineData("en", 390)]
    public Task More_like_a_picture_are_a_search_of_their_own_with_an_address_chips_and_filters(string language, int width) => shop.VisitAsync(
        chromium, new Visit { Language = language, Size = width < 720 ? Visit.Phone : Visit.Desk }, async person =>
        {
            var asked = Goods.All.First(g => g.Label == Fruit);
            await person.GoAsync($"/?q={Fruit}");
            await person.Page.Locator(".search[data-keys]").WaitForAsync();
            await Hits(person).Filter(new LocatorFilterOptions { Has = person.Page.Locator($"img[src*='{asked.Path}']") }).ClickAsync();
            await Expect(Panel(person)).ToContainTextAsync(asked.Path);
            await Panel(person).GetByRole(AriaRole.Link, new() { Name = person.T("search.more") }).FocusAsync();
            await person.Page.Keyboard.PressAsync("Enter");

            await Expect(person.Page.GetByText(person.T("search.likeOrder"))).ToBeVisibleAsync();
            person.Page.Url.ShouldEndWith($"?table=products&like={Uri.EscapeDataString(asked.Path)}");
            await Expect(Hits(person).First.Locator("img")).ToHaveAttributeAsync("src", new System.Text.RegularExpressions.Regex(asked.Path));
            await Expect(Panel(person)).ToHaveCountAsync(0);
            await person.ShowsPicturesAsync();
            await Screenshots.TakeAsync(person.Page, $"search-{language}-{width}-like");
            await person.LooksRightAsync();

            await Keyword(person, Fish).ClickAsync();
            await Expect(Hits(person)).ToHaveCountAsync(Goods.OfLabel);
            await Expect(Hits(person).First).ToContainTextAsync(Fish);
            var shared = new Uri(person.Page.Url).PathAndQuery;
            await person.GoAsync(shared);
            await Expect(Hits(person)).ToHaveCountAsync(Goods.OfLabel);

            await person.Button("search.likeEnd").ClickAsync();
            await Expect(person.Page.GetByText(person.T("search.count", Goods.OfLabel))).ToBeVisibleAsync();
            person.Page.Url.ShouldNotContain("like=");
        });

    [Fact]
    public Task A_restricted_token_sees_its_table_and_changes_nothing() => shop.VisitAsync(
        chromium,
        new Visit { Scope = TokenScope.Search, Restrictions = TokenRestrictions.None with { Tables = ["products"] }, Language = "en" },
        async person =>
        {
            await Hits(person).First.ClickAsync();
            await Expect(Panel(person).Locator(".picture-keywords dt")).ToHaveCountAsync(5);
            await Expect(person.Button("search.right")).ToHaveCountAsync(0);
            await Expect(person.Page.GetByLabel(person.T("search.table"))).ToHaveCountAsync(0);

            await person.GoAsync("/?table=samples");
            await Expect(person.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("samples");
        });

    [Fact]
    public async Task Markup_in_a_files_name_stays_text()
    {
        const string name = "<script>document.title='gone'<img src=x onerror=alert(1)>.jpg";
        await shop.StoreAsync($"samples/{Uri.EscapeDataString(name)}", StillLife.Of(Fish, 500));
        await shop.UntilAsync($"SELECT count(*) FROM samples WHERE image_path = 'samples/{name.Replace("'", "''", StringComparison.Ordinal)}' "
            + "AND keyword_score IS NOT NULL", 1);
        await VisitAsync("ko", async person =>
        {
            await person.GoAsync("/?table=samples");
            var hit = Hits(person).Filter(new LocatorFilterOptions { HasText = name });
            await hit.ClickAsync();
            await Expect(Panel(person)).ToContainTextAsync(name);
            (await person.Page.TitleAsync()).ShouldContain("ThanoSQL");
        });
    }

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public async Task A_slow_line_loses_no_letter_and_a_broken_one_is_mended_by_itself(string language)
    {
        await using var line = new SwitchingProxy(shop.Client.Http.BaseAddress!.AbsoluteUri);
        var visit = new Visit { Language = language, Through = line.Address, MayComplain = true };
        await shop.VisitAsync(chromium, visit, async person =>
        {
            line.Delay = TimeSpan.FromMilliseconds(250);
            await TypeAsync(person, "생과일");
            await Expect(Options(person).First).ToContainTextAsync(Fruit);
            await Expect(person.Page.GetByRole(AriaRole.Combobox, new() { Name = person.T("search.field") })).ToHaveValueAsync("생과일");
            await person.Page.Keyboard.PressAsync("Enter");
            await Expect(Hits(person)).ToHaveCountAsync(Goods.OfLabel);

            line.Break();
            await Expect(person.Page.GetByText(person.T("shell.lost"))).ToBeVisibleAsync();
            line.Delay = TimeSpan.Zero;
            line.Mend();
            await Expect(person.Page.GetByText(person.T("shell.lost"))).ToBeHiddenAsync();
            await Keyword(person, Fish).ClickAsync();
            await Expect(Hits(person)).ToHaveCountAsync(2 * Goods.OfLabel);
        });
    }

    [Theory]
    [InlineData("ko", false, 1440)]
    [InlineData("en", true, 1440)]
    [InlineData("ko", true, 390)]
    [InlineData("en", false, 390)]
    public Task It_looks_right(string language, bool isDark, int width) => shop.VisitAsync(
        chromium, new Visit { Language = language, IsDark = isDark, Size = width < 720 ? Visit.Phone : Visit.Desk }, async person =>
        {
            var name = $"search-{language}-{width}-{(isDark ? "dark" : "light")}";
            await Expect(Hits(person).First).ToBeVisibleAsync();
            await person.ShowsPicturesAsync();
            await Screenshots.TakeAsync(person.Page, name);
            await person.LooksRightAsync();

            await Keyword(person, Fruit).ClickAsync();
            await Hits(person).Nth(1).ClickAsync();
            await Expect(Panel(person).Locator(".picture-keywords dt")).ToHaveCountAsync(5);
            await person.ShowsPicturesAsync();
            await Screenshots.TakeAsync(person.Page, $"{name}-open");
            await person.LooksRightAsync();
            if (width >= 720)
                return;

            await Expect(Panel(person)).ToBeFocusedAsync();
            for (var i = 0; i < 8; i++)
                await person.Page.Keyboard.PressAsync("Tab");
            (await person.Page.EvaluateAsync<bool>("document.querySelector('.picture-panel').contains(document.activeElement)")).ShouldBeTrue();
            await person.Page.Keyboard.PressAsync("Escape");
            await Expect(Hits(person).Nth(1)).ToBeFocusedAsync();
            await person.Button("search.filters").ClickAsync();
            await Screenshots.TakeAsync(person.Page, $"{name}-filters");
            await person.LooksRightAsync();
        });

    private static ILocator Options(Person person) => person.Page.Locator(".suggestions [role=option]");

    private static ILocator Hits(Person person) => person.Page.Locator(".hit");

    private static ILocator Panel(Person person) => person.Page.Locator(".picture-panel");

    private static ILocator Chosen(Person person) => person.Page.Locator(".chosen");

    private static ILocator Keyword(Person person, string keyword) => person.Page.Locator(".chip", new() { HasText = keyword });

    private static string Column(Person person, string name) => person.T($"search.column.{name}");

    private static async Task TypeAsync(Person person, string text)
    {
        await person.Page.Locator(".search[data-keys]").WaitForAsync();
        if (!await person.Page.Locator("#search-words").EvaluateAsync<bool>("field => field === document.activeElement"))
            await person.Page.Keyboard.PressAsync("/");
        await Expect(person.Page.Locator("#search-words")).ToBeFocusedAsync();
        await person.Page.Keyboard.TypeAsync(text, new KeyboardTypeOptions { Delay = 30 });
    }

    private Task VisitAsync(string language, Func<Person, Task> does) => shop.VisitAsync(chromium, new Visit { Language = language }, does);

    /// <summary>A picture of the test's own in <c>samples</c>, with or without a human label.</summary>
    private async Task<string> SampleAsync(string? label)
    {
        var path = $"samples/{Guid.NewGuid():N}.jpg";
        await shop.StoreAsync(path, StillLife.Of("견과", path.GetHashCode(StringComparison.Ordinal) & 0xFFFF));
        await shop.UntilAsync($"SELECT count(*) FROM samples WHERE image_path = '{path}' AND keyword_score IS NOT NULL", 1);
        if (label is not null)
            await shop.LabelAsync(path, label);
        return path;
    }
}
