using System.Globalization;
using System.Text.RegularExpressions;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser;

/// <summary>Somebody looks at models: how good they are, what they mix up, and their training.</summary>
public sealed class ModelsTests(ModelShop shop, Chromium chromium) : IClassFixture<ModelShop>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task The_figures_are_the_catalogs(string language) => VisitAsync(
        new Visit { Language = language, Place = "/models/doubts" }, async person =>
    {
        var metrics = await shop.MetricsAsync("doubts");

        await Expect(person.Page.Locator(".stat b").First).ToHaveTextAsync(Rate(metrics.Accuracy!.Value, 3));
        await Expect(person.Page.Locator(".stat b").Nth(1)).ToHaveTextAsync(Rate(metrics.MacroF1!.Value, 3));
        await Expect(person.Page.Locator(".versions tbody tr")).ToHaveCountAsync(1);
        foreach (var line in metrics.Labels)
        {
            var cells = person.Page.Locator(".labels tbody tr").Filter(new() { HasText = line.Label }).Locator("td");
            await Expect(cells.Nth(1)).ToHaveTextAsync(Rate(line.Precision, 2));
            await Expect(cells.Nth(2)).ToHaveTextAsync(Rate(line.Recall, 2));
            await Expect(cells.Nth(3)).ToHaveTextAsync(Rate(line.Threshold!.Value, 2));
        }
        for (var row = 0; row < metrics.Labels.Count; row++)
        {
            for (var column = 0; column < metrics.Labels.Count; column++)
            {
                var cell = person.Page.Locator(".confusion tbody tr").Nth(row).Locator("td").Nth(column);
                await Expect(cell).ToHaveTextAsync(metrics.Confusion[row][column] is > 0 and var count ? Number(count) : "");
            }
        }
        await person.LooksRightAsync();
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_cell_opens_its_pictures_and_no_others(string language) => VisitAsync(
        new Visit { Language = language, Scope = TokenScope.Query, Place = "/models/doubts" }, async person =>
        {
            var (label, answer, count) = await MixedUpAsync();
            await Named(person, person.T("models.cell", label, answer, count)).ClickAsync();

            await Expect(person.Page.Locator(".cell-grid img")).ToHaveCountAsync(count);
            (await NamesAsync(person)).Order().ShouldBe((await KeptAsync(label, answer)).Order());
            await Expect(person.Page.Locator(".cell-grid img").First).ToHaveJSPropertyAsync("complete", true);
            (await person.Page.Locator(".cell-grid img").First.EvaluateAsync<int>("image => image.naturalWidth")).ShouldBeGreaterThan(0);
            await Expect(person.Button("models.train")).ToHaveCountAsync(0); // its token may not

            await person.Page.ReloadAsync(); // the address says which cell is open
            await Expect(person.Page.Locator(".confusion button[aria-pressed=true]")).ToHaveTextAsync(Number(count));
            await Expect(person.Page.Locator(".cell-grid img")).ToHaveCountAsync(count);
            await person.LooksRightAsync();
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_model_without_labels_shows_what_it_is_instead_of_figures(string language) => VisitAsync(
        new Visit { Language = language, Place = "/models/alike" }, async person =>
        {
            await Expect(person.Page.Locator(".stat b").First).ToHaveTextAsync(person.T("models.embeddings"));
            await Expect(person.Page.Locator(".stats")).ToContainTextAsync(person.T("models.noLabels"));
            await Expect(person.Page.GetByText(person.T("models.withoutLabels"))).ToBeVisibleAsync();
            await Expect(person.Page.Locator(".confusion")).ToHaveCountAsync(0);
            await person.LooksRightAsync();
        });

    [Fact]
    public Task The_map_is_walked_with_arrow_keys() => VisitAsync(new Visit { Place = "/models/doubts" }, async person =>
    {
        var metrics = await shop.MetricsAsync("doubts");
        metrics.Confusion.ShouldAllBe(row => row.All(count => count > 0), "The model was to mix everything up");
        var cells = person.Page.Locator(".confusion button");
        await cells.First.FocusAsync();
        await person.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(cells.Nth(1)).ToBeFocusedAsync();
        await person.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(cells.Nth(3)).ToBeFocusedAsync();
        await person.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(cells.Nth(2)).ToBeFocusedAsync();
        await person.Page.Keyboard.PressAsync("Enter");

        await Expect(cells.Nth(2)).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(person.Page.Locator(".cell-grid img")).ToHaveCountAsync(metrics.Confusion[1][0]);
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task A_model_is_trained_taken_back_resumed_and_refused(string language) => VisitAsync(
        new Visit { Language = language, Scope = TokenScope.Write, Place = $"/models/flow_{language}" }, async person =>
        {
            var flow = $"flow_{language}";
            await shop.TeachAsync(flow, "과일");
            await TrainAsync(person, flow);
            await Expect(person.Page.Locator(".open-run")).ToBeVisibleAsync();
            await InUseAsync(person, 2);
            await Expect(person.Page.Locator(".open-run")).ToHaveCountAsync(0);
            await Expect(person.Page.Locator(".versions tbody tr").First).ToContainTextAsync("v2");
            await Expect(person.Page.Locator(".runs summary").First).ToContainTextAsync(person.T("models.outcome.promoted", 2));

            await Named(person, person.T("models.rollBackTo", 1)).ClickAsync();
            await Expect(person.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync(person.T("models.rollBackText", 1, 2));
            await person.LooksRightAsync();
            await person.Page.GetByRole(AriaRole.Dialog).GetByText(person.T("models.rollBackAct", 1), new() { Exact = true }).ClickAsync();
            await InUseAsync(person, 1);
            await Expect(person.Page.Locator(".model-rest")).ToContainTextAsync(person.T("models.restsSince", 2));

            await person.Button("models.resume").ClickAsync();
            await person.Page.GetByRole(AriaRole.Dialog).GetByText(person.T("models.resume"), new() { Exact = true }).ClickAsync();
            await Expect(person.Page.Locator(".model-rest")).ToHaveCountAsync(0);
            (await shop.CatalogAsync<bool>($"SELECT schedule_paused IS NULL FROM thanosql.model WHERE name = '{flow}'")).ShouldBeTrue();

            await shop.TeachAsync(flow, "버섯");
            await TrainAsync(person, flow);
            var refused = person.Page.Locator(".versions tbody tr").First;
            await Expect(refused).ToContainTextAsync("v3", Patient);
            await Expect(refused).ToContainTextAsync(person.T("models.refusal.new", "버섯"));
            await Expect(refused).ToContainTextAsync(person.T("models.state.refused"));
            await InUseAsync(person, 1);
            await person.LooksRightAsync();
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Many_labels_stay_usable(bool isDark) => VisitAsync(new Visit { IsDark = isDark, Place = "/models/many" }, async person =>
    {
        await Expect(person.Page.Locator(".labels tbody tr")).ToHaveCountAsync(101);
        await Expect(person.Page.Locator(".confusion tbody tr")).ToHaveCountAsync(12);
        await person.LooksRightAsync();

        await person.Page.GetByRole(AriaRole.Link, new() { Name = "a label with a long name 33", Exact = true }).ClickAsync();
        await Expect(person.Page.Locator(".confusion tbody th").First).ToHaveTextAsync("a label with a long name 33");
        await person.Page.Locator(".pairs a").First.ClickAsync();
        await Expect(person.Page.Locator(".cell")).ToContainTextAsync(person.T("models.cellNotKept"));
    });

    [Theory]
    [InlineData("ko", true, "doubts")]
    [InlineData("en", false, "doubts")]
    [InlineData("ko", false, "many")]
    public Task A_phone_shows_all_of_it(string language, bool isDark, string model) => VisitAsync(
        new Visit { Language = language, IsDark = isDark, Size = Visit.Phone, Place = $"/models/{model}" }, async person =>
        {
            await Expect(person.Page.Locator(".confusion")).ToBeVisibleAsync();
            await Expect(person.Page.Locator(".versions .phone").First).ToHaveTextAsync(person.T("models.why.byHand"));
            await person.LooksRightAsync();
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task All_models_are_listed(string language) => VisitAsync(new Visit { Language = language, Place = "/models" }, async person =>
    {
        await Expect(person.Page.Locator(".models-list tbody tr")).ToHaveCountAsync(5);
        await person.LooksRightAsync();
        await person.Page.GetByRole(AriaRole.Link, new() { Name = "doubts" }).ClickAsync();
        await Expect(person.Page.Locator("h1")).ToHaveTextAsync("doubts");

        await person.GoAsync("/models/nobody");
        await Expect(person.Page.Locator(".empty")).ToContainTextAsync(person.T("models.unknown", "nobody"));
    });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public async Task Without_a_model_it_says_how_to_make_one(string language)
    {
        await using var young = new RunningService(new RealServers());
        await young.InitializeAsync();
        await young.VisitAsync(chromium, new Visit { Language = language, Place = "/models" }, async person =>
        {
            await Expect(person.Page.Locator(".empty")).ToContainTextAsync(person.T("models.none"));
            await person.LooksRightAsync();
            await person.Page.Locator(".empty a").ClickAsync();
            await Expect(person.Page.Locator("textarea")).ToHaveValueAsync(new Regex("^BUILD MODEL"));
        });
    }

    private static LocatorAssertionsToContainTextOptions Patient => new() { Timeout = 60_000 };

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static string Rate(double rate, int digits) => rate.ToString($"F{digits}", CultureInfo.InvariantCulture);

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static ILocator Named(Person person, string name) => person.Page.GetByRole(AriaRole.Button, new() { Name = name });

    private static async Task TrainAsync(Person person, string model)
    {
        await person.Button("models.train").ClickAsync();
        var dialog = person.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync(person.T("models.trainTitle", model));
        await dialog.GetByText(person.T("models.train"), new() { Exact = true }).ClickAsync();
    }

    private static Task InUseAsync(Person person, int version) =>
        Expect(person.Page.Locator(".model-head .tag")).ToHaveTextAsync(person.T("models.inUse", version), new() { Timeout = 60_000 });

    private static async Task<IEnumerable<string>> NamesAsync(Person person) =>
        await person.Page.Locator(".cell-grid a").EvaluateAllAsync<string[]>("links => links.map(link => link.title)");

    private async Task<(string Label, string Answer, int Count)> MixedUpAsync()
    {
        var metrics = await shop.MetricsAsync("doubts");
        var pairs =
            from row in Enumerable.Range(0, metrics.Labels.Count)
            from column in Enumerable.Range(0, metrics.Labels.Count)
            where row != column && metrics.Confusion[row][column] > 0
            select (metrics.Labels[row].Label, metrics.Labels[column].Label, metrics.Confusion[row][column]);
        return pairs.First();
    }

    private Task<string[]> KeptAsync(string label, string answer) => shop.CatalogAsync<string[]>(
        $"""
         SELECT array_agg(i.key) FROM thanosql.held_out_answer a JOIN thanosql.image i USING (content_id)
         JOIN thanosql.model m ON m.current_version_id = a.version_id
         WHERE m.name = 'doubts' AND a.label = '{label}' AND a.answer = '{answer}'
         """);

    private Task VisitAsync(Visit visit, Func<Person, Task> does) => shop.VisitAsync(chromium, visit, does);
}
