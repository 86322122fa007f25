using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>Somebody says what pictures show.</summary>
[Collection(Shelf.Collection)]
public sealed class LabelTests(Shelf shelf, Chromium chromium) : IAsyncLifetime
{
    private const int Shown = Shelf.Size;

    public async ValueTask InitializeAsync() => await shelf.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task Pictures_are_confirmed_corrected_and_taken_back_by_keys_alone(string language) => WorkAsync(
        new Visit { Language = language, Scope = TokenScope.Write, Place = Shelf.Place },
        async (person, desk) =>
        {
            await desk.ShowsAsync(Shown, chosen: 1);
            await person.LooksRightAsync();
            await Screenshots.TakeAsync(person.Page, $"label-{language}");
            var (first, second) = (await desk.PathAsync(), await desk.AfterAsync("ArrowRight"));
            second.ShouldNotBe(first);
            var proposed = (await desk.CaptionAsync()).Split(' ')[0];

            await person.Page.Keyboard.PressAsync("Enter");
            await desk.ShowsAsync(Shown - 1, chosen: 1);
            await desk.SaysAsync(person.T("label.confirmed", 1));
            (await shelf.LabelsAsync(1)).ShouldBe([$"{second} {proposed}"]);

            await person.Page.Keyboard.InsertTextAsync("견");
            await desk.OffersAsync("견과");
            await person.Page.Keyboard.PressAsync("Enter");
            await desk.ShowsAsync(Shown - 2, chosen: 1);
            await desk.SaysAsync(person.T("label.said", 1, "견과"));

            await person.Page.Keyboard.PressAsync("Control+z");
            await desk.ShowsAsync(Shown - 1, chosen: 1);
            await person.Page.Keyboard.PressAsync("Control+z");
            await desk.ShowsAsync(Shown, chosen: 1);
            (await desk.PathAsync()).ShouldBe(second);
            (await shelf.LabelsAsync(0)).ShouldBeEmpty();

            await person.Page.Keyboard.PressAsync("Backspace");
            await desk.SaysAsync(person.T("label.nothingToRemove"));
            await person.Page.Keyboard.PressAsync("Escape");
            await desk.ShowsAsync(Shown, chosen: 0);
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task Many_pictures_get_a_label_at_once_also_one_that_nobody_has_used(string language) => WorkAsync(
        new Visit { Language = language, Scope = TokenScope.Write, Place = Shelf.Place },
        async (person, desk) =>
        {
            await desk.ShowsAsync(Shown, chosen: 1);
            await person.Page.Keyboard.PressAsync("Shift+ArrowRight");
            await person.Page.Keyboard.PressAsync("Shift+ArrowDown");
            var row = await desk.ColumnsAsync();
            await desk.ShowsAsync(Shown, chosen: row + 2);
            await person.Page.Keyboard.PressAsync("Home");
            await person.Page.Keyboard.PressAsync("Shift+ArrowRight");
            await desk.ShowsAsync(Shown, chosen: 2);

            await person.Page.Keyboard.InsertTextAsync("도자기");
            await desk.OffersAsync(person.T("label.new", "도자기"));
            await person.Page.Keyboard.PressAsync("Enter");
            await desk.ShowsAsync(Shown - 2, chosen: 1);
            (await shelf.LabelsAsync(2)).ShouldAllBe(label => label.EndsWith(" 도자기", StringComparison.Ordinal));

            await person.Page.Keyboard.PressAsync("Control+a");
            await desk.ShowsAsync(Shown - 2, chosen: Shown - 2);
            await person.Page.Keyboard.InsertTextAsync("nuts");
            await desk.OffersAsync("견과");
            await person.Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(person.Page.GetByText(person.T("label.empty.unsure"))).ToBeVisibleAsync();
            await shelf.LabelsAsync(Shown);
            await person.Page.Keyboard.PressAsync("Control+z");
            await desk.ShowsAsync(Shown - 2, chosen: Shown - 2);
            await shelf.LabelsAsync(2);
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task Korean_is_composed_in_the_field_and_finds_labels_before_a_syllable_is_done(string language) => WorkAsync(
        new Visit { Language = language, Scope = TokenScope.Write, Place = Shelf.Place },
        async (person, desk) =>
        {
            await desk.ShowsAsync(Shown, chosen: 1);
            var path = await desk.AfterAsync("ArrowRight");
            var method = await person.Page.Context.NewCDPSessionAsync(person.Page);
            foreach (var composed in new[] { "ㄱ", "겨", "견" })
                await ComposeAsync(composed);
            await desk.OffersAsync("견과");
            await method.SendAsync("Input.insertText", new() { ["text"] = "견" });
            foreach (var composed in new[] { "ㄱ", "고", "과" })
                await ComposeAsync(composed);
            (await desk.TypedAsync()).ShouldBe("견과");
            await method.SendAsync("Input.insertText", new() { ["text"] = "과" });
            (await desk.TypedAsync()).ShouldBe("견과");
            await desk.OffersAsync("견과");

            await person.Page.Keyboard.PressAsync("Enter");
            await desk.ShowsAsync(Shown - 1, chosen: 1);
            (await shelf.LabelsAsync(1)).ShouldBe([$"{path} 견과"]);
            (await desk.TypedAsync()).ShouldBe("");

            Task ComposeAsync(string text) => method.SendAsync(
                "Input.imeSetComposition", new() { ["text"] = text, ["selectionStart"] = text.Length, ["selectionEnd"] = text.Length });
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public async Task What_people_and_model_disagree_about_is_settled_either_way(string language)
    {
        await shelf.LabelAsync(Shelf.PathOf(1), "도자기");
        await shelf.LabelAsync(Shelf.PathOf(2), "도자기");
        await shelf.LabelAsync(Shelf.PathOf(3), "도자기");
        await shelf.RenewAsync();

        await WorkAsync(new Visit { Language = language, Scope = TokenScope.Write, Place = $"{Shelf.Place}&order=disagreed" }, async (person, desk) =>
        {
            await desk.ShowsAsync(3, chosen: 1);
            (await desk.CaptionAsync()).ShouldBe("도자기");
            await person.LooksRightAsync();
            await Screenshots.TakeAsync(person.Page, $"label-disagreed-{language}");
            await person.Page.Keyboard.PressAsync("Enter");
            await desk.ShowsAsync(2, chosen: 1);
            await person.Page.Keyboard.PressAsync("Control+Enter");
            await desk.ShowsAsync(1, chosen: 1);
            await desk.SaysAsync(person.T("label.modelConfirmed", 1));
            await person.Page.Keyboard.PressAsync("Backspace");
            await Assertions.Expect(person.Page.GetByText(person.T("label.empty.disagreed"))).ToBeVisibleAsync();

            var labels = await shelf.LabelsAsync(2);
            labels[1].ShouldBe($"{Shelf.PathOf(3)} 도자기"); // the last that was said comes first
            labels[0].ShouldStartWith($"{Shelf.PathOf(2)} ");
            labels[0].ShouldNotEndWith("도자기");
        });
    }

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public async Task A_label_of_a_picture_that_was_overwritten_waits_to_be_confirmed(string language)
    {
        await shelf.LabelAsync(Shelf.PathOf(4), "버섯");
        await shelf.StoreAsync(Shelf.PathOf(4), StillLife.Of("버섯", Random.Shared.Next(10_000, 1_000_000)));
        await shelf.UntilAsync("SELECT count(*) FROM thanosql.labels WHERE pipeline = 'shelf' AND state = 'to confirm'", 1);

        await WorkAsync(new Visit { Language = language, Scope = TokenScope.Write, Place = Shelf.Place }, async (person, desk) =>
        {
            await person.Page.GetByRole(AriaRole.Button, new() { Name = person.T("label.waiting") }).ClickAsync();
            await desk.ShowsAsync(1, chosen: 1);
            person.Page.Url.ShouldEndWith("order=waiting");
            await Assertions.Expect(person.Page.GetByText(person.T("label.overwritten"))).ToBeVisibleAsync();
            await person.Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(person.Page.GetByText(person.T("label.empty.waiting"))).ToBeVisibleAsync();
            (await shelf.LabelsAsync(1)).ShouldBe([$"{Shelf.PathOf(4)} 버섯"]);

            await person.Page.Keyboard.PressAsync("Control+z");
            await desk.ShowsAsync(1, chosen: 1);
            await shelf.LabelsAsync(0);
        });
    }

    [Fact]
    public Task A_mouse_chooses_several_and_a_click_says_what_they_show() => WorkAsync(
        new Visit { Language = "ko", IsDark = true, Scope = TokenScope.Write, Place = Shelf.Place },
        async (person, desk) =>
        {
            await desk.ShowsAsync(Shown, chosen: 1);
            await desk.Cards.Nth(2).ClickAsync();
            await desk.Cards.Nth(4).ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
            await desk.Cards.Nth(3).ClickAsync(new() { Modifiers = [KeyboardModifier.Control] });
            await desk.ShowsAsync(Shown, chosen: 2);
            await person.LooksRightAsync();

            await person.Page.Keyboard.InsertTextAsync("생");
            await desk.Choice("생선").ClickAsync();
            await desk.ShowsAsync(Shown - 2, chosen: 1);
            (await shelf.LabelsAsync(2)).ShouldAllBe(label => label.EndsWith(" 생선", StringComparison.Ordinal));
            await person.Button("label.undo").ClickAsync();
            await desk.ShowsAsync(Shown, chosen: 2);
            await shelf.LabelsAsync(0);
        });

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task On_a_phone_a_tap_chooses_and_a_bar_below_has_the_field(string language) => WorkAsync(
        new Visit { Language = language, Size = Visit.Phone, Scope = TokenScope.Write, Place = Shelf.Place },
        async (person, desk) =>
        {
            await desk.ReadyAsync();
            await person.Page.Keyboard.PressAsync("Escape");
            await desk.ShowsAsync(Shown, chosen: 0);
            await person.LooksRightAsync();
            await desk.Cards.Nth(0).TapAsync();
            await desk.Cards.Nth(1).TapAsync();
            await desk.ShowsAsync(Shown, chosen: 2);
            await Screenshots.TakeAsync(person.Page, $"label-phone-{language}");
            await person.LooksRightAsync();
            await desk.Field.FillAsync("버섯");
            await desk.Choice("버섯").TapAsync();
            await desk.ShowsAsync(Shown - 2, chosen: 1);
            await shelf.LabelsAsync(2);
        });

    [Fact]
    public Task Who_may_not_label_is_not_shown_the_place() => shelf.VisitAsync(
        chromium, new Visit { Scope = TokenScope.Query }, async person =>
        {
            await Assertions.Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = person.T("shell.search") })).ToBeVisibleAsync();
            await Assertions.Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = person.T("shell.label") })).ToHaveCountAsync(0);
        });

    [Fact]
    public Task Training_is_asked_about_before_it_begins() => WorkAsync(
        new Visit { Language = "ko", Scope = TokenScope.Write, Place = Shelf.Place },
        async (person, desk) =>
        {
            await desk.ReadyAsync();
            await Assertions.Expect(person.Page.Locator(".label-progress")).ToContainTextAsync(person.T("label.left", 20));
            await person.Button("label.train").ClickAsync();
            await Assertions.Expect(person.Page.GetByText(person.T("label.trainText"))).ToBeVisibleAsync();
            await person.LooksRightAsync();
            await person.Button("shell.cancel").ClickAsync();
            (await shelf.ListAsync("SELECT state FROM thanosql.training_run WHERE model_name = 'shelf_goods' AND trigger = 'hand'")).ShouldBeEmpty();
        });

    private Task WorkAsync(Visit visit, Func<Person, LabelDesk, Task> does) =>
        shelf.VisitAsync(chromium, visit, person => does(person, new LabelDesk(person.Page)));
}
