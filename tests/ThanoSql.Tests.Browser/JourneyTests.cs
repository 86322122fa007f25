using System.Globalization;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>What somebody comes for, from place to place.</summary>
[Collection(Shelf.Collection)]
public sealed class JourneyTests(Shelf shelf, Chromium chromium)
{
    private const float Patience = 120_000; // milliseconds: a training on few processors

    // Of the shelf's pictures, what the model itself says, and whether that is right
    private const string Right = """
        SELECT i.key || ' ' || a.keyword FROM thanosql.image i
        JOIN thanosql.answer a ON a.bucket = i.bucket AND a.key = i.key AND a.rank = 1
        JOIN thanosql.model m ON m.current_version_id = a.version_id AND m.name = 'stock_goods'
        WHERE i.key LIKE 'stock/%'
        """;

    [Fact]
    public Task I_corrected_ten_pictures_and_trained_a_better_model() => shelf.VisitAsync(
        chromium, new Visit { Language = "ko", Scope = TokenScope.Write, Place = "/label?pipeline=stock" }, async person =>
        {
            var desk = new LabelDesk(person.Page);
            await desk.ShowsAsync(Shelf.Size, chosen: 1);
            var before = await RightAsync();
            for (var corrected = 1; corrected <= 10; corrected++)
            {
                var label = Shelf.LabelOf(int.Parse((await desk.PathAsync())["stock/".Length..][..2], CultureInfo.InvariantCulture));
                await person.Page.Keyboard.InsertTextAsync(label);
                await desk.OffersAsync(label);
                await person.Page.Keyboard.PressAsync("Enter");
                await desk.ShowsAsync(Shelf.Size - corrected, chosen: 1);
            }
            var progress = person.Page.Locator(".label-progress");
            await Assertions.Expect(progress).ToContainTextAsync(person.T("label.today", 10));

            await person.Button("label.train").ClickAsync();
            await person.Button("label.trainAct").ClickAsync();
            await Assertions.Expect(person.Page.GetByText(person.T("label.newVersion", 2))).ToBeVisibleAsync(new() { Timeout = Patience });
            await person.Button("label.reload").ClickAsync();
            await desk.ShowsAsync(2, chosen: 1);
            (await RightAsync()).ShouldBeGreaterThan(before);

            await person.Page.GetByRole(AriaRole.Link, new() { Name = person.T("shell.models") }).ClickAsync();
            await person.Page.GetByRole(AriaRole.Link, new() { Name = "stock_goods" }).First.ClickAsync();
            await Assertions.Expect(person.Page.Locator(".versions tbody tr")).ToHaveCountAsync(2);
        });

    private async Task<int> RightAsync() => (await shelf.ListAsync(Right)).Count(answer =>
    {
        var number = int.Parse(answer["stock/".Length..][..2], CultureInfo.InvariantCulture);
        return answer.EndsWith($" {Shelf.LabelOf(number)}", StringComparison.Ordinal);
    });
}
