using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>An operator looks after the index: everything on the page moves by itself.</summary>
public sealed class PipelinesTests(BrowserShop shop, Chromium chromium)
{
    private const int Patience = 60_000; // ms

    private static readonly string Own = Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_broken_file_shows_up_by_itself_with_what_to_do_and_leaves_the_list_when_it_is_dismissed(string language) =>
        VisitAsync(new Visit { Language = language }, async person =>
        {
            var path = $"samples/broken-{language}-{Own}.jpg";
            var failure = FailureOf(person, path);
            await shop.StoreAsync(path, StillLife.Of("채소", 900)[..4000]);

            await ShownAsync(failure);
            await ShownAsync(failure.GetByText(person.T("pipelines.advice.truncated")));
            await ShownAsync(person.Page.Locator("nav .count-hot"));
            await failure.Locator("summary").ClickAsync();
            await ShownAsync(failure.Locator(".failure-detail"));
            await failure.GetByRole(AriaRole.Button, Named(person, "pipelines.dismiss", path)).ClickAsync();

            await Assertions.Expect(failure).ToHaveCountAsync(0, new() { Timeout = Patience });
            await shop.UntilAsync($"SELECT count(*) FROM thanosql.failures WHERE path = '{path}'", 0);
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_picture_that_its_table_refused_shows_itself_and_is_retried_when_the_table_was_mended(string language) =>
        VisitAsync(new Visit { Language = language }, async person =>
        {
            var path = $"samples/refused-{language}-{Own}.jpg";
            await shop.RunAsync($"ALTER TABLE samples ADD CONSTRAINT no_{language} CHECK (image_path <> '{path}')");
            await shop.StoreAsync(path, StillLife.Of("곡물", language == "ko" ? 901 : 902));
            var failure = FailureOf(person, path);
            await ShownAsync(failure.GetByText(person.T("pipelines.advice.table")));
            await Assertions.Expect(failure.Locator("img")).ToHaveJSPropertyAsync("complete", true, new() { Timeout = Patience });
            (await failure.Locator("img").EvaluateAsync<int>("i => i.naturalWidth")).ShouldBeGreaterThan(0);

            await shop.RunAsync($"ALTER TABLE samples DROP CONSTRAINT no_{language}");
            await failure.GetByRole(AriaRole.Button, Named(person, "pipelines.retry", path)).ClickAsync();

            await Assertions.Expect(failure).ToHaveCountAsync(0, new() { Timeout = Patience });
            await shop.UntilAsync($"SELECT count(*) FROM samples WHERE image_path = '{path}' AND keyword_source = 'model'", 1);
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task The_figures_move_while_pictures_are_indexed(string language) => VisitAsync(new Visit { Language = language }, async person =>
    {
        await Assertions.Expect(person.Page.Locator(".stat b").First).Not.ToHaveTextAsync("…", new() { Timeout = Patience });
        var before = await IndexedAsync(person);
        for (var i = 0; i < 3; i++)
            await shop.StoreAsync($"samples/moving-{language}-{i}-{Own}.jpg", StillLife.Of("견과", 910 + (language == "ko" ? 0 : 3) + i));

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(Patience);
        while (await IndexedAsync(person) < before + 3)
            await Task.Delay(50, patience.Token);
        await ShownAsync(person.Page.GetByText(person.T("pipelines.workers", 1)));
        await ShownAsync(person.Page.Locator(".rate-plot svg[role=img][aria-label]"));
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_pipeline_says_what_it_waits_for(string language) => VisitAsync(new Visit { Language = language }, async person =>
    {
        var name = $"later_{language}_{Own}";
        await shop.RunAsync($"CREATE TABLE {name} (image_path text)");
        try
        {
            var later = $"{{ name: {name}, prefix: {name}/, table: {name}, model: {{ name: unborn }} }}";
            await shop.AddPipelineAsync(later);

            var row = person.Page.Locator(".pipeline-table tr", new() { HasText = name });
            await ShownAsync(row.GetByText(person.T("pipelines.waitsFor.model", "unborn", "")));
            await ShownAsync(row.Locator(".tag", new() { HasText = person.T("pipelines.waits.model") }));
        }
        finally
        {
            await OwnerAsync($"DELETE FROM thanosql.pipeline WHERE name = '{name}'");
            await shop.RunAsync($"DROP TABLE {name}");
        }
    });

    [Fact]
    public Task Who_administers_asks_for_a_sweep() => VisitAsync(new Visit { Language = "en" }, async person =>
    {
        var before = await OwnerAsync("SELECT max(started_at) FROM thanosql.sweep");

        await person.Button("pipelines.sweep").ClickAsync();

        await ShownAsync(person.Page.Locator("[role=status]", new() { HasText = person.T("pipelines.sweepAsked") }).First);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(Patience);
        while (Equals(await OwnerAsync("SELECT max(started_at) FROM thanosql.sweep WHERE finished_at IS NOT NULL"), before))
            await Task.Delay(50, patience.Token);
        await Assertions.Expect(person.Button("pipelines.sweep")).ToBeEnabledAsync(new() { Timeout = Patience });
    });

    [Fact]
    public Task Who_may_only_query_sees_failures_and_no_button() => VisitAsync(new Visit { Scope = TokenScope.Query }, async person =>
    {
        await ShownAsync(FailureOf(person, "products/broken.jpg"));
        await Assertions.Expect(person.Page.Locator("main button")).ToHaveCountAsync(0);
    });

    [Theory]
    [InlineData("ko", false, false)]
    [InlineData("en", false, true)]
    [InlineData("ko", true, true)]
    [InlineData("en", true, false)]
    public Task It_looks_as_it_was_drawn(string language, bool onPhone, bool isDark) => VisitAsync(
        new Visit { Language = language, IsDark = isDark, Size = onPhone ? Visit.Phone : Visit.Desk }, async person =>
        {
            await ShownAsync(FailureOf(person, "products/broken.jpg"));
            await ShownAsync(FailureOf(person, "products/huge.png"));
            await person.LooksRightAsync();
            await Screenshots.TakeAsync(person.Page, $"pipelines-{language}-{(onPhone ? "phone" : "desk")}-{(isDark ? "dark" : "light")}");
        });

    private static ILocator FailureOf(Person person, string path) => person.Page.Locator("li.failure", new() { HasText = path });

    private static Task ShownAsync(ILocator what) => Assertions.Expect(what).ToBeVisibleAsync(new() { Timeout = Patience });

    private static LocatorGetByRoleOptions Named(Person person, string act, string path) => new() { Name = $"{person.T(act)}: {path}" };

    private static async Task<long> IndexedAsync(Person person) => long.Parse(
        await person.Page.Locator(".stat b").First.InnerTextAsync(), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private Task VisitAsync(Visit visit, Func<Person, Task> does) => shop.VisitAsync(chromium, visit with { Place = "/pipelines" }, does);

    private async Task<object?> OwnerAsync(string sql)
    {
        await using var command = shop.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
