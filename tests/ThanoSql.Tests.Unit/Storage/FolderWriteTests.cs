using System.Text;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Tests.Unit.Storage;

/// <summary>What is written only where nothing is, and what can never be written.</summary>
public sealed class FolderWriteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FolderStore _store;

    public FolderWriteTests()
    {
        _store = new FolderStore(_folder.Path);
        Directory.CreateDirectory(_folder.File("shop"));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_to_be_new_is_written_where_nothing_is_and_nowhere_else()
    {
        (await WriteNewAsync("a/1.jpg", "first")).ShouldNotBeNull().Size.ShouldBe(5);
        (await WriteNewAsync("a/1.jpg", "second")).ShouldBeNull();

        (await File.ReadAllTextAsync(_folder.File("shop/a/1.jpg"), Cancel)).ShouldBe("first");
        Left().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_macOS_named_counts_as_there()
    {
        await File.WriteAllTextAsync(_folder.File("shop/\u1109\u1161\u1100\u116A.jpg"), "mac", Cancel);

        (await WriteNewAsync("사과.jpg", "linux")).ShouldBeNull();

        Directory.GetFiles(_folder.File("shop")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_who_write_something_new_at_once_one_does()
    {
        for (var round = 0; round < 20; round++)
        {
            var key = $"race/{round}.jpg";
            var written = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => WriteNewAsync(key, $"{i}")));

            var winner = written.Index().Single(w => w.Item is not null);
            (await File.ReadAllTextAsync(_folder.File($"shop/{key}"), Cancel)).ShouldBe($"{winner.Index}");
        }
        Left().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_path_that_leads_over_a_file_or_names_a_folder_is_refused_for_good_and_without_the_servers_folders()
    {
        await WriteNewAsync("a.jpeg", "picture");
        await WriteNewAsync("folder/1.jpg", "picture");

        foreach (var key in new[] { "a.jpeg/x.jpeg", "a.jpeg/x/y.jpeg", "folder", new string('b', 300) + ".jpg", $"{new string('c', 300)}/1.jpg" })
        {
            using var content = new MemoryStream([1]);
            var refused = await Should.ThrowAsync<StoreRefusedException>(
                () => _store.WriteAsync(new ObjectPath("shop", key), content, null, Cancel), key);
            refused.Message.ShouldNotContain(_folder.Path);
            refused.Message.ShouldNotContain("/proc");
        }
        (await _store.StatAsync(new ObjectPath("shop", "a.jpeg/x.jpeg"), Cancel)).ShouldBeNull();
        await _store.DeleteAsync(new ObjectPath("shop", "a.jpeg/x.jpeg"), Cancel);
        await _store.DeleteAsync(new ObjectPath("shop", "folder"), Cancel);
        File.Exists(_folder.File("shop/folder/1.jpg")).ShouldBeTrue();
        Left().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, typeof(AccessDeniedException))]
    [InlineData(13, typeof(AccessDeniedException))]
    [InlineData(30, typeof(AccessDeniedException))]
    [InlineData(20, typeof(BlockedPathException))]
    [InlineData(21, typeof(BlockedPathException))]
    [InlineData(22, typeof(InvalidPathException))]
    [InlineData(36, typeof(InvalidPathException))]
    [InlineData(84, typeof(InvalidPathException))]
    [InlineData(5, typeof(StoreUnavailableException))] // input or output
    [InlineData(28, typeof(StoreUnavailableException))] // full
    [InlineData(116, typeof(StoreUnavailableException))] // a stale handle of NFS
    public void Only_what_trying_again_may_mend_is_an_outage(int error, Type expected)
    {
        var translated = FolderErrors.Of("s3://shop/1.jpg", error);

        translated.ShouldBeOfType(expected);
        translated.Message.ShouldStartWith("s3://shop/1.jpg: ");
    }

    private string[] Left() => Directory.GetFiles(_folder.File(".thanosql-tmp"));

    private async Task<ObjectInfo?> WriteNewAsync(string key, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await _store.WriteNewAsync(new ObjectPath("shop", key), content, null, Cancel);
    }
}
