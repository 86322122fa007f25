using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Browser.World;

namespace ThanoSql.Tests.Browser;

/// <summary>Somebody uploads pictures, over connections of every kind.</summary>
public sealed class UploadTests(BrowserShop shop, Chromium chromium)
{
    // Each test stores below a folder of its own
    private readonly string _folder = $"{Guid.NewGuid():N}"[..12];

    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task Dropped_pictures_show_up_with_their_keywords_and_what_is_no_picture_with_its_reason(string language) => VisitAsync(
        new Visit { Language = language }, async person =>
        {
            await DropAsync(
                person, File("배 1.jpg", StillLife.Of("과일", 201)), File("배 2.jpg", StillLife.Of("과일", 202)),
                File("note.txt", "no picture"u8.ToArray()), File("cut.jpg", StillLife.Of("과일", 203)[..3000]));

            await RowIn(person, "배 1.jpg", "indexed").WaitForAsync();
            await RowIn(person, "배 2.jpg", "indexed").WaitForAsync();
            await RowIn(person, "cut.jpg", "failed").WaitForAsync();
            (await RowIn(person, "배 1.jpg", "indexed").TextContentAsync())!.ShouldContain("과일");
            (await RowIn(person, "note.txt", "failed").TextContentAsync())!.ShouldContain(person.T("upload.why.not_an_image"));
            (await RowIn(person, "cut.jpg", "failed").TextContentAsync())!.ShouldContain(person.T("upload.why.truncated"));
            await ShowsPictureAsync(RowIn(person, "배 1.jpg", "indexed"));
            (await person.Page.Locator(".upload-row").First.TextContentAsync())!.ShouldNotContain("배");
            await Assertions.Expect(person.Page.GetByText(person.T("upload.progressFailed", 2, 4, 2)).First).ToBeVisibleAsync();
            await person.LooksRightAsync();
            await Screenshots.TakeAsync(person.Page, $"upload-{language}");
            await shop.UntilAsync($"SELECT count(*) FROM samples WHERE image_path LIKE 'samples/{_folder}/%' AND keyword IS NOT NULL", 2);
        });

    [Fact]
    public Task A_folder_keeps_its_folders() => VisitAsync(new Visit(), async person =>
    {
        var root = Directory.CreateTempSubdirectory("thanosql-upload-");
        try
        {
            var box = root.CreateSubdirectory(_folder).CreateSubdirectory("상자");
            await System.IO.File.WriteAllBytesAsync(Path.Combine(box.FullName, "1.jpg"), StillLife.Of("채소", 201), Cancellation);
            await System.IO.File.WriteAllBytesAsync(Path.Combine(box.Parent!.FullName, "2.jpg"), StillLife.Of("채소", 202), Cancellation);
            await System.IO.File.WriteAllTextAsync(Path.Combine(box.FullName, ".DS_Store"), "of the system", Cancellation);
            await person.Page.Locator("[data-part=folder-input]").SetInputFilesAsync(box.Parent.FullName);

            await RowIn(person, $"{_folder}/상자/1.jpg", "indexed").WaitForAsync();
            await RowIn(person, $"{_folder}/2.jpg", "indexed").WaitForAsync();
            await Assertions.Expect(person.Page.Locator(".upload-row")).ToHaveCountAsync(2);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    });

    [Fact]
    public Task A_picture_that_is_there_stays_until_it_is_to_be_replaced() => VisitAsync(new Visit { MayComplain = true }, async person =>
    {
        await shop.StoreAsync($"samples/{_folder}/same.jpg", StillLife.Of("생선", 201));
        await DropAsync(person, File("same.jpg", StillLife.Of("과일", 204)));
        await RowIn(person, "same.jpg", "exists").WaitForAsync();
        await person.LooksRightAsync();

        await person.Page.GetByRole(AriaRole.Button, new() { Name = person.T("upload.replaceAll", 1) }).ClickAsync();

        await RowIn(person, "same.jpg", "indexed").WaitForAsync();
        (await RowIn(person, "same.jpg", "indexed").TextContentAsync())!.ShouldContain("과일");
    });

    [Fact]
    public Task A_connection_that_breaks_delays_and_loses_nothing() => VisitAsync(new Visit { MayComplain = true }, async person =>
    {
        var devtools = await person.Page.Context.NewCDPSessionAsync(person.Page);
        await SlowAsync(devtools, bytesPerSecond: 2_000);
        var pictures = Enumerable.Range(1, 12).Select(i => File($"{i}.jpg", StillLife.Of("버섯", 200 + i))).ToArray();
        await DropAsync(person, pictures);
        await person.Page.Locator(".upload-row[data-state=sending]").First.WaitForAsync();

        await person.Page.Context.SetOfflineAsync(true);
        await person.Page.GetByText(person.T("upload.lost")).WaitForAsync();
        await person.Page.Context.SetOfflineAsync(false);
        await SlowAsync(devtools, bytesPerSecond: -1);

        await Assertions.Expect(person.Page.Locator(".upload-row[data-state=indexed]")).ToHaveCountAsync(12, new() { Timeout = 60_000 });
        await Assertions.Expect(person.Page.GetByText(person.T("upload.lost"))).ToBeHiddenAsync();
        await shop.UntilAsync($"SELECT count(*) FROM samples WHERE image_path LIKE 'samples/{_folder}/%'", 12);
    });

    [Fact]
    public Task An_answer_that_is_lost_makes_no_stranger_of_a_picture() => VisitAsync(new Visit { MayComplain = true }, async person =>
    {
        var lost = false;
        await person.Page.RouteAsync("**/api/v1/images/**", async route =>
        {
            if (lost)
            {
                await route.ContinueAsync();
                return;
            }
            lost = true;
            await route.FetchAsync(); // the service has it
            await route.AbortAsync();
        });
        await DropAsync(person, File("once.jpg", StillLife.Of("견과", 201)));

        await RowIn(person, "once.jpg", "indexed").WaitForAsync();
    });

    [Fact]
    public Task By_the_keyboard_alone_the_rest_is_cancelled() => VisitAsync(new Visit(), async person =>
    {
        await SlowAsync(await person.Page.Context.NewCDPSessionAsync(person.Page), bytesPerSecond: 1000);
        await person.Page.Locator("#upload-to").FocusAsync();
        await person.Page.Keyboard.PressAsync("Tab");
        var chosen = person.Page.WaitForFileChooserAsync();
        await person.Page.Keyboard.PressAsync("Enter");
        await (await chosen).SetFilesAsync([File("a.jpg", StillLife.Of("곡물", 201)), File("b.jpg", StillLife.Of("곡물", 202))]);
        await RowIn(person, "b.jpg", "sending").WaitForAsync();

        while (await person.Page.EvaluateAsync<string>("() => document.activeElement.dataset.act ?? ''") != "cancelAll")
            await person.Page.Keyboard.PressAsync("Tab");
        await person.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(person.Page.Locator(".upload-list")).ToBeHiddenAsync();
    });

    [Fact]
    public Task Ten_thousand_files_are_counted_and_only_those_that_are_seen_are_drawn() => VisitAsync(new Visit(), async person =>
    {
        await person.Page.Locator("[data-part=drop]").EvaluateAsync("""
            drop => {
              const files = new DataTransfer();
              for (let i = 0; i < 10000; i++)
                files.items.add(new File(['no picture'], `many/${i}.txt`));
              drop.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
            }
            """);

        await person.Page.GetByText(person.T("upload.progressFailed", 0, "10,000", "10,000")).First.WaitForAsync(new() { Timeout = 120_000 });
        (await person.Page.Locator(".upload-row").CountAsync()).ShouldBeInRange(5, 40);
        await person.Page.Locator(".upload-scroll").EvaluateAsync("list => list.scrollTop = list.scrollHeight");
        await Assertions.Expect(person.Page.Locator(".upload-row").Last).ToContainTextAsync("9999.txt");
        (await person.Page.Locator(".upload-row").CountAsync()).ShouldBeInRange(5, 40);
    });

    [Fact]
    public Task Uploads_go_on_while_another_place_is_looked_at() => VisitAsync(new Visit(), async person =>
    {
        await DropAsync(person, [.. Enumerable.Range(1, 6).Select(i => File($"{i}.jpg", StillLife.Of("채소", 210 + i)))]);
        await person.Page.Locator("nav a[href=pipelines]").ClickAsync();
        await person.Page.WaitForURLAsync("**/pipelines");
        await shop.UntilAsync($"SELECT count(*) FROM samples WHERE image_path LIKE 'samples/{_folder}/%'", 6);

        await person.Page.Locator("nav a[href=upload]").ClickAsync();

        await Assertions.Expect(person.Page.Locator(".upload-row[data-state=indexed]")).ToHaveCountAsync(6);
    });

    [Fact]
    public Task On_a_phone_it_fits() => VisitAsync(new Visit { Size = Visit.Phone, IsDark = true }, async person =>
    {
        await person.LooksRightAsync();
        await DropAsync(
            person, File("이름이 아주 긴 사진이라서 한 줄에 다 들어가지 않아요.jpg", StillLife.Of("과일", 207)), File("note.txt", "no picture"u8.ToArray()));
        await RowIn(person, "이름이", "indexed").WaitForAsync();

        await person.LooksRightAsync();
        await Screenshots.TakeAsync(person.Page, "upload-phone");
    });

    [Fact]
    public Task Who_may_not_write_does_not_see_it() => shop.VisitAsync(
        chromium, new Visit { Scope = TokenScope.Query }, async person =>
            await Assertions.Expect(person.Page.Locator("nav a[href=upload]")).ToHaveCountAsync(0));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static FilePayload File(string name, byte[] bytes) => new() { Name = name, MimeType = "application/octet-stream", Buffer = bytes };

    private static ILocator RowIn(Person person, string name, string state) =>
        person.Page.Locator($".upload-row[data-state={state}]").Filter(new() { HasText = name });

    private static async Task ShowsPictureAsync(ILocator row) => await row.Locator("img").EvaluateAsync(
        "async picture => { await picture.decode(); if (picture.naturalWidth === 0) throw new Error('no picture'); }");

    private static async Task SlowAsync(ICDPSession devtools, int bytesPerSecond) => await devtools.SendAsync(
        "Network.emulateNetworkConditions",
        new() { ["offline"] = false, ["latency"] = 20, ["downloadThroughput"] = -1, ["uploadThroughput"] = bytesPerSecond });

    private Task VisitAsync(Visit visit, Func<Person, Task> does) => shop.VisitAsync(chromium, visit with { Place = "/upload" }, async person =>
    {
        await person.Page.Locator(".upload-list").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await person.Page.Locator("#upload-to").SelectOptionAsync("samples/");
        await does(person);
    });

    // In a folder of its own, as a browser hands over what is dragged from a file manager
    private async Task DropAsync(Person person, params FilePayload[] files)
    {
        var told = files.Select(file => new { name = $"{_folder}/{file.Name}", bytes = Convert.ToBase64String(file.Buffer) });
        await person.Page.Locator("[data-part=drop]").EvaluateAsync(
            """
            (drop, files) => {
              const entries = JSON.parse(files).map(({ name, bytes }) => ({
                isFile: true, fullPath: `/${name}`,
                file: done => done(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name.split('/').pop())),
              }));
              const folder = {
                isFile: false, name: 'box',
                createReader: () => ({ readEntries: done => done(entries.splice(0, 2)) }), // some at a time
              };
              const event = new DragEvent('drop', { bubbles: true, cancelable: true });
              Object.defineProperty(event, 'dataTransfer', {
                value: { types: ['Files'], items: [{ kind: 'file', webkitGetAsEntry: () => folder }] },
              });
              drop.dispatchEvent(event);
            }
            """,
            JsonSerializer.Serialize(told));
    }
}
