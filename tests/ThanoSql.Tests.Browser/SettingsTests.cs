using Npgsql;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>The place for tokens and settings.</summary>
public sealed class SettingsTests(BrowserShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_token_is_made_used_and_revoked(string language) => VisitAsync(new Visit { Language = language }, async person =>
    {
        var name = $"<script>alert(1)</script> {Guid.NewGuid():N}";
        await person.Button("settings.create").ClickAsync();
        await person.Page.GetByLabel(person.T("settings.name")).FillAsync(name);
        await person.Page.GetByRole(AriaRole.Combobox, new() { Name = person.T("settings.scope"), Exact = true })
            .SelectOptionAsync(TokenScope.Search.ToString());
        await person.Page.GetByText(person.T("settings.more")).ClickAsync();
        await person.Page.GetByLabel(person.T("settings.tables")).FillAsync("products, samples");
        await person.Page.Locator("form.new-token button[type=submit]").ClickAsync();

        var made = person.Page.Locator(".made code");
        await Assertions.Expect(made).ToHaveCountAsync(2);
        (await made.First.TextContentAsync()).ShouldStartWith("tsql_");
        var row = person.Page.Locator("tbody tr", new() { HasText = name });
        await Assertions.Expect(row).ToContainTextAsync(person.T("settings.limit.table", "products"));
        await LinkSignsInAsync((await made.Nth(1).TextContentAsync())!, language);

        await row.GetByRole(AriaRole.Button, new() { Name = person.T("settings.revokeOf", name) }).ClickAsync();
        await person.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = person.T("settings.revokeAct") }).ClickAsync();

        await Assertions.Expect(row).ToHaveCountAsync(0);
        await person.Page.GetByLabel(person.T("settings.showEnded")).CheckAsync();
        await Assertions.Expect(row).ToContainTextAsync(person.T("settings.revoked"));
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_login_for_sql_clients_is_given_to_tokens_that_may_send_sql(string language) => VisitAsync(
        new Visit { Language = language },
        async person =>
        {
            var name = $"analyst {Guid.NewGuid():N}";
            await person.Button("settings.create").ClickAsync();
            await person.Page.GetByLabel(person.T("settings.name")).FillAsync(name);
            await person.Page.GetByRole(AriaRole.Combobox, new() { Name = person.T("settings.scope"), Exact = true })
                .SelectOptionAsync(TokenScope.Query.ToString());
            await person.Page.Locator("form.new-token button[type=submit]").ClickAsync();

            await person.Page.GetByRole(AriaRole.Button, new() { Name = person.T("settings.loginOf", name) }).ClickAsync();

            var made = person.Page.Locator(".made code", new() { HasText = "psql 'postgresql://" });
            await Assertions.Expect(made).ToBeVisibleAsync();
            await using var sql = NpgsqlDataSource.Create(ConnectionString((await made.TextContentAsync())!));
            await using var command = sql.CreateCommand("SELECT count(*) FROM products");
            ((long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!).ShouldBePositive();

            await person.Page.Locator("tbody tr", new() { HasText = name })
                .GetByRole(AriaRole.Button, new() { Name = person.T("settings.revokeOf", name) }).ClickAsync();
            await person.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = person.T("settings.revokeAct") }).ClickAsync();
        });

    private static string ConnectionString(string psql)
    {
        var url = new Uri(psql["psql '".Length..^1]);
        var user = url.UserInfo.Split(':');
        return new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port,
            Username = user[0],
            Password = user[1],
            Database = url.AbsolutePath[1..],
            Pooling = false,
        }.ConnectionString;
    }

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task What_is_wrong_with_a_token_is_said(string language) => VisitAsync(new Visit { Language = language }, async person =>
    {
        await person.Button("settings.create").ClickAsync();
        await person.Page.GetByLabel(person.T("settings.name")).FillAsync("tests"); // there is one
        await person.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(person.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("choose another name");
        await person.Button("shell.close").ClickAsync();
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    });

    [Theory]
    [InlineData("ko", false, false)]
    [InlineData("en", true, true)]
    [InlineData("ko", true, false)]
    [InlineData("en", false, true)]
    public Task It_looks_right(string language, bool isDark, bool isPhone) => VisitAsync(
        new Visit { Language = language, IsDark = isDark, Size = isPhone ? Visit.Phone : Visit.Desk },
        async person =>
        {
            await person.LooksRightAsync();
            await person.Button("settings.create").ClickAsync();
            await person.Page.Locator("form.new-token").WaitForAsync();
            await person.LooksRightAsync();
            await Screenshots.TakeAsync(person.Page, $"settings-{language}{(isDark ? "-dark" : "")}{(isPhone ? "-phone" : "")}");
        });

    [Fact]
    public Task A_token_that_may_not_administer_does_not_see_it() => shop.VisitAsync(
        chromium, new Visit { Scope = TokenScope.Write, Language = "en" }, async person =>
        {
            await person.Page.Locator("main[data-live]").WaitForAsync();
            await Assertions.Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = person.T("shell.models") })).ToBeVisibleAsync();
            await Assertions.Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = person.T("shell.settings") })).ToHaveCountAsync(0);
        });

    private Task VisitAsync(Visit visit, Func<Person, Task> does) => shop.VisitAsync(chromium, visit with { Place = "/settings" }, does);

    private async Task LinkSignsInAsync(string link, string language)
    {
        await using var context = await (await chromium.BrowserAsync()).NewContextAsync(new() { Locale = language });
        var page = await context.NewPageAsync();
        await page.GotoAsync(link);
        await Assertions.Expect(page.Locator("nav .who")).ToContainTextAsync("search");
    }
}
