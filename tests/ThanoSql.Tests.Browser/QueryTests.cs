using System.Text;
using System.Text.RegularExpressions;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>Statements, written and run as a person does it.</summary>
public sealed partial class QueryTests(BrowserShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_statement_is_typed_with_completion_and_shows_its_pictures(string language) => InAsync(language, async person =>
    {
        var page = person.Page;
        await Editor(person).FocusAsync();
        await page.Keyboard.TypeAsync("SELECT image_path, name, price FROM prod");
        await Expect(Options(page).First).ToContainTextAsync("products");
        await Expect(Editor(person)).ToHaveAttributeAsync("aria-activedescendant", "suggestions-0");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(" WHERE keyword = '과");
        await Expect(Options(page).First).ToContainTextAsync("과일");
        await Axe.CheckAsync(page); // with its suggestions open
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.TypeAsync(" ORDER BY image_path LIMIT 5");
        await Expect(Editor(person)).ToHaveValueAsync(
            "SELECT image_path, name, price FROM products WHERE keyword = '과일' ORDER BY image_path LIMIT 5");
        await Expect(page.Locator(".paper .keyword").First).ToHaveTextAsync("SELECT");

        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Control+Enter");

        await Expect(Rows(page)).ToHaveCountAsync(5);
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync(person.T("query.rows", 5));
        await Expect(Rows(page).First.Locator("td.number")).ToHaveTextAsync(Price());
        foreach (var picture in await Rows(page).Locator("img").AllAsync())
            await Expect(picture).ToHaveJSPropertyAsync("naturalWidth", 96);
        await person.LooksRightAsync();
        await Screenshots.TakeAsync(page, $"query-{language}");
    });

    [Fact]
    public Task Suggestions_end_with_the_word_they_were_for() => InAsync("en", async person =>
    {
        await Editor(person).FocusAsync();
        await person.Page.Keyboard.TypeAsync("SELECT name FROM prod");
        await Expect(Options(person.Page).First).ToContainTextAsync("products");

        // At once, not with the answer of the server: a Tab in between would take what is no longer meant
        var isOpen = await person.Page.EvaluateAsync<bool>(
            "() => { document.execCommand('insertText', false, ' W'); return !document.getElementById('suggestions').hidden; }");

        isOpen.ShouldBeFalse();
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task An_error_is_shown_where_it_is(string language) => InAsync(language, async person =>
    {
        var page = person.Page;
        await TypeAsync(person, "SELECT name,\n  prise\nFROM products");
        await person.Button("query.run").ClickAsync();

        var alert = page.GetByRole(AriaRole.Alert);
        await Expect(alert).ToContainTextAsync("prise");
        await Expect(page.Locator(".paper .wrong")).ToHaveTextAsync("prise");
        await person.LooksRightAsync();
        await alert.GetByText(person.T("query.position", 2, 3)).ClickAsync();
        (await Editor(person).EvaluateAsync<int>("area => area.selectionStart")).ShouldBe("SELECT name,\n  ".Length);
        await page.Keyboard.PressAsync("Delete");

        await Expect(page.Locator(".paper .wrong")).ToHaveCountAsync(0);
        await Expect(alert).ToBeVisibleAsync(); // until it is read
        await person.Button("shell.close").ClickAsync();
        await Expect(alert).ToHaveCountAsync(0);
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_build_tells_how_far_it_is(string language) => InAsync(language, async person =>
    {
        await TypeAsync(
            person,
            $"BUILD MODEL built_on_the_page_{language} USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label', max_epochs=1, "
            + "overwrite=True) AS SELECT * FROM examples");
        await person.Page.Keyboard.PressAsync("Escape");
        await person.Page.Keyboard.PressAsync("Control+Enter");

        var status = person.Page.GetByRole(AriaRole.Status);
        await Expect(status).ToContainTextAsync("Building model...");
        await Expect(status).ToContainTextAsync(person.T("query.done"), new() { Timeout = 120_000 });
        await Expect(person.Button("query.run")).ToBeVisibleAsync();
        await shop.RunAsync($"DELETE MODEL built_on_the_page_{language}");
    });

    [Fact]
    public Task A_file_has_what_is_shown_for_spreadsheets() => VisitAsync(new Visit(), async person =>
    {
        await TypeAsync(person, "SELECT '한 \"줄\", 둘' AS \"이름\", n, NULL AS none FROM generate_series(1, 1500) n");
        await person.Button("query.run").ClickAsync();
        await Expect(person.Page.GetByRole(AriaRole.Status)).ToContainTextAsync(person.T("query.cut", "1,000"));

        var download = await person.Page.RunAndWaitForDownloadAsync(() => person.Button("query.csv").ClickAsync());

        var bytes = await File.ReadAllBytesAsync(await download.PathAsync());
        bytes[..3].ShouldBe(Encoding.UTF8.Preamble.ToArray());
        var lines = Encoding.UTF8.GetString(bytes[3..]).Split("\r\n");
        lines[0].ShouldBe("이름,n,none");
        lines[1500].ShouldBe("\"한 \"\"줄\"\", 둘\",1500,");
        lines.Length.ShouldBe(1502);
        download.SuggestedFilename.ShouldEndWith(".csv");
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task What_ran_comes_back_from_the_history_and_a_draft_after_a_reload(string language) =>
        InAsync(language, async person =>
        {
            var page = person.Page;
            await TypeAsync(person, "SELECT 41 + 1");
            await person.Button("query.run").ClickAsync();
            await Expect(Rows(page)).ToHaveTextAsync(["42"]);
            await TypeAsync(person, "SELECT 'not run yet'");

            await page.ReloadAsync();

            await ReadyAsync(page);
            await Expect(Editor(person)).ToHaveValueAsync("SELECT 'not run yet'");
            await person.Button("query.history").ClickAsync();
            await person.LooksRightAsync();
            await page.Locator(".history li button").First.ClickAsync();
            await Expect(Editor(person)).ToHaveValueAsync("SELECT 41 + 1");
            await page.Keyboard.PressAsync("Control+z"); // it was put there as if typed
            await Expect(Editor(person)).ToHaveValueAsync("SELECT 'not run yet'");
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_statement_that_takes_too_long_is_stopped(string language) => InAsync(language, async person =>
    {
        await TypeAsync(person, "SELECT count(*) AS stopped_by_hand FROM generate_series(1, 100000000000)");
        await person.Button("query.run").ClickAsync();
        var status = person.Page.GetByRole(AriaRole.Status);
        await Expect(status).ToContainTextAsync(person.T("query.running"));

        await person.Button("query.cancel").ClickAsync();

        await Expect(status).ToContainTextAsync(person.T("query.cancelled"));
        await Expect(person.Button("query.run")).ToBeEnabledAsync();
    });

    [Fact]
    public Task What_a_cell_holds_stays_text_and_is_whole_on_demand() => VisitAsync(new Visit { Language = "en" }, async person =>
    {
        var page = person.Page;
        await TypeAsync(
            person,
            "SELECT '<script>document.title = 1</script><b>bold</b>' AS \"<i>name</i>\", repeat('한글 ', 200) || 'the end' AS long, NULL AS nothing");
        await person.Button("query.run").ClickAsync();

        await Expect(Rows(page).First).ToContainTextAsync("<script>document.title = 1</script><b>bold</b>");
        await Expect(page.Locator("thead")).ToContainTextAsync("<i>name</i>");
        await Expect(Rows(page).First).ToContainTextAsync("NULL");
        (await page.TitleAsync()).ShouldContain("ThanoSQL");
        await Expect(Rows(page).First).Not.ToContainTextAsync("the end");
        await page.GetByRole(AriaRole.Button, new() { Name = person.T("query.wholeOf", "long") }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("the end");
        await person.LooksRightAsync();
    });

    [Fact]
    public Task An_address_fills_the_editor_and_runs_nothing() => VisitAsync(
        new Visit { Place = "/query?q=DELETE%20FROM%20products" },
        async person =>
        {
            await Expect(Editor(person)).ToHaveValueAsync("DELETE FROM products");
            await Expect(person.Button("query.run")).ToBeEnabledAsync();
            await Expect(person.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("");
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task An_example_begins_somewhere(string language) => InAsync(language, async person =>
    {
        await person.LooksRightAsync();
        await Screenshots.TakeAsync(person.Page, $"query-empty-{language}");
        await person.Page.GetByText(person.T("query.example.counts")).ClickAsync();

        await Expect(Editor(person)).ToHaveValueAsync(new Regex("FROM (products|samples)"));
        await person.Page.Keyboard.PressAsync("Control+Enter");
        await Expect(Rows(person.Page).First).ToBeVisibleAsync();
    });

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public Task It_fits_a_phone_and_the_dark(bool isPhone, bool isDark) => VisitAsync(
        new Visit { Size = isPhone ? Visit.Phone : Visit.Desk, IsDark = isDark },
        async person =>
        {
            await TypeAsync(
                person, "SELECT image_path, name, price, keyword, created_at\nFROM products\nWHERE keyword = '과일' AND price < 10000\nLIMIT 8");
            await person.Button("query.run").ClickAsync();
            await Expect(Rows(person.Page).First).ToBeVisibleAsync();
            await person.LooksRightAsync();
            await Screenshots.TakeAsync(person.Page, $"query-{(isPhone ? "phone" : "desk")}-{(isDark ? "dark" : "light")}");
        });

    [Fact]
    public Task An_input_method_for_Korean_keeps_its_keys() => InAsync("ko", async person =>
    {
        var page = person.Page;
        await TypeAsync(person, "SELECT * FROM products WHERE keyword = '");
        var keyboard = await page.Context.NewCDPSessionAsync(page);
        foreach (var composed in new[] { "ㄱ", "고", "과" })
            await keyboard.SendAsync("Input.imeSetComposition", new() { ["text"] = composed, ["selectionStart"] = 1, ["selectionEnd"] = 1 });
        await Expect(Options(page).First).ToContainTextAsync("과일");

        await keyboard.SendAsync("Input.dispatchKeyEvent", new() { ["type"] = "keyDown", ["key"] = "Process", ["windowsVirtualKeyCode"] = 229 });
        await Expect(Editor(person)).ToHaveValueAsync("SELECT * FROM products WHERE keyword = '과"); // not taken by the list
        await keyboard.SendAsync("Input.insertText", new() { ["text"] = "과" });
        await page.Keyboard.PressAsync("Tab");

        await Expect(Editor(person)).ToHaveValueAsync("SELECT * FROM products WHERE keyword = '과일'");
        await Expect(Editor(person)).ToBeFocusedAsync();
    });

    [Fact]
    public Task The_keyboard_leaves_the_editor() => VisitAsync(new Visit(), async person =>
    {
        await TypeAsync(person, "SELECT 1");
        await person.Page.Keyboard.PressAsync("Tab");

        await Expect(Editor(person)).Not.ToBeFocusedAsync();
        await Expect(Editor(person)).ToHaveValueAsync("SELECT 1");
    });

    [Fact]
    public Task Who_only_searches_has_no_editor() => shop.VisitAsync(chromium, new Visit { Scope = TokenScope.Search }, async person =>
    {
        await Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = person.T("shell.query") })).ToHaveCountAsync(0);
    });

    // Who may read and write
    private Task InAsync(string language, Func<Person, Task> does) =>
        VisitAsync(new Visit { Language = language, Scope = TokenScope.Write }, does);

    private Task VisitAsync(Visit visit, Func<Person, Task> does) =>
        shop.VisitAsync(chromium, visit.Place == "/" ? visit with { Place = "/query" } : visit, async person =>
        {
            await ReadyAsync(person.Page);
            await does(person);
        });

    private static Task ReadyAsync(IPage page) => Expect(page.Locator(".editor-live")).ToBeVisibleAsync();

    private static ILocator Editor(Person person) =>
        person.Page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = person.T("query.editor"), Exact = true });

    private static ILocator Options(IPage page) => page.GetByRole(AriaRole.Option);

    private static ILocator Rows(IPage page) => page.Locator(".result tbody tr");

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    // In place of what is there
    private static async Task TypeAsync(Person person, string text)
    {
        await Editor(person).FocusAsync();
        await person.Page.Keyboard.PressAsync("Control+a");
        await person.Page.Keyboard.InsertTextAsync(text);
        await person.Page.Keyboard.PressAsync("Escape");
    }

    [GeneratedRegex(@"^\d{1,2},\d{3}$")]
    private static partial Regex Price();
}
