using System.Diagnostics;
using System.Text;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class FolderListingTests : IDisposable
{
    private static readonly string[] Keys =
        ["a-b.jpg", "a.jpg", "a/b/c.jpg", "a/b.jpg", "a0.jpg", "과일/사과.jpg", "과일/\u1107\u1162.jpg", "\uE000.jpg", "😀.jpg", "z.jpg"];

    private readonly TemporaryFolder _folder = new();
    private readonly FolderStore _store;

    public FolderListingTests()
    {
        _store = new FolderStore(_folder.Path);
        foreach (var key in Keys)
        {
            var file = _folder.File($"shop/{key}");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "x");
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Keys_come_in_the_order_of_their_bytes_as_in_S3()
    {
        var expected = Keys.OrderBy(key => Convert.ToHexString(Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal);

        (await ListAsync("", null)).ShouldBe(expected.Select(key => new ObjectPath("shop", key)));
    }

    [Theory]
    [InlineData("a", 5)]
    [InlineData("a/", 2)]
    [InlineData("a/b/", 1)]
    [InlineData("과일/", 2)]
    [InlineData("과일/배", 1)]
    [InlineData("none", 0)]
    public async Task A_prefix_selects(string prefix, int count) => (await ListAsync(prefix, null)).Count.ShouldBe(count);

    [Fact]
    public void A_folder_that_may_not_be_read_is_named_and_the_others_are_listed()
    {
        _folder.Deny("shop/a/b");
        _folder.Deny("shop/과일");

        var pages = _folder.AsNobody(() => new FolderListing(() => _store.Layout.Bucket("shop"), "shop", "", null).Pages().ToList());

        pages.SelectMany(p => p.Unreadable).ShouldBe(["a/b/", "과일/"]);
        pages.SelectMany(p => p.Objects).Count().ShouldBe(Keys.Length - 3);
        _folder.AsNobody(() => Should.Throw<AccessDeniedException>(() => _store.Layout.Find(new ObjectPath("shop", "a/b/c.jpg"))));
    }

    [Fact]
    public async Task A_listing_goes_on_after_any_key()
    {
        var all = await ListAsync("", null);
        var raw = Keys.OrderBy(key => Convert.ToHexString(Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal).ToList();
        for (var i = 0; i < raw.Count; i++)
            (await ListAsync("", raw[i])).ShouldBe(all.Skip(i + 1));
    }

    [Fact]
    public async Task Pages_hold_a_thousand_keys_and_resume_after_their_last()
    {
        for (var i = 0; i < 2500; i++)
            await File.WriteAllTextAsync(_folder.File($"shop/many-{i:D4}.jpg"), "", TestContext.Current.CancellationToken);
        var pages = new List<ObjectPage>();

        await foreach (var page in _store.ListAsync("shop", "many-", null, TestContext.Current.CancellationToken))
            pages.Add(page);

        pages.Select(page => page.Objects.Count).ShouldBe([1000, 1000, 500]);
        (await ListAsync("many-", pages[0].Last)).Count.ShouldBe(1500);
    }

    [Fact]
    public async Task A_name_that_is_not_UTF8_is_reported_as_unusable()
    {
        await ShellAsync("touch \"$1/bad-$(printf '\\xff').jpg\"");
        var unusable = new List<string>();

        await foreach (var page in _store.ListAsync("shop", "bad-", null, TestContext.Current.CancellationToken))
            unusable.AddRange(page.Unusable);

        unusable.Count.ShouldBe(1);
        await ShellAsync("rm \"$1\"/bad-*"); // .NET cannot delete it either
    }

    private async Task ShellAsync(string command)
    {
        using var shell = Process.Start("bash", ["-c", command, "bash", _folder.File("shop")]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        shell.ExitCode.ShouldBe(0);
    }

    private async Task<List<ObjectPath>> ListAsync(string prefix, string? startAfter)
    {
        var paths = new List<ObjectPath>();
        await foreach (var page in _store.ListAsync("shop", prefix, startAfter, TestContext.Current.CancellationToken))
            paths.AddRange(page.Objects.Select(found => found.Path));
        return paths;
    }
}
