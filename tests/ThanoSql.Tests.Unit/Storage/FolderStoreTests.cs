using System.Text;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class FolderStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FolderStore _store;

    public FolderStoreTests()
    {
        _store = new FolderStore(_folder.Path);
        Directory.CreateDirectory(_folder.File("shop"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_written_is_read_back()
    {
        var path = new ObjectPath("shop", "과일/사과 파이+1.jpg");

        var written = await WriteAsync(path, "apple");

        (await ReadAsync(path)).ShouldBe("apple");
        written.Size.ShouldBe(5);
        (await _store.StatAsync(path, Cancel)).ShouldBe(written);
    }

    [Fact]
    public async Task An_object_that_is_not_there_is_null_and_may_be_deleted()
    {
        var path = new ObjectPath("shop", "none.jpg");

        (await _store.OpenReadAsync(path, Cancel)).ShouldBeNull();
        (await _store.StatAsync(path, Cancel)).ShouldBeNull();
        await _store.DeleteAsync(path, Cancel);
    }

    [Fact]
    public async Task A_missing_bucket_is_named_when_writing_or_listing()
    {
        await Should.ThrowAsync<BucketNotFoundException>(() => WriteAsync(new ObjectPath("other", "1.jpg"), "x"));
        await Should.ThrowAsync<BucketNotFoundException>(async () => await KeysAsync("other"));
        await _store.EnsureBucketAsync("other", Cancel);
        await WriteAsync(new ObjectPath("other", "1.jpg"), "x");
    }

    [Fact]
    public async Task A_marker_is_no_object_and_a_damaged_one_says_what_to_do()
    {
        (await _store.ReadMarkerAsync("shop", Cancel)).ShouldBeNull();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        await _store.WriteMarkerAsync("shop", first, Cancel);
        (await _store.ReadMarkerAsync("shop", Cancel)).ShouldBe(first);
        await _store.WriteMarkerAsync("shop", second, Cancel);
        (await _store.ReadMarkerAsync("shop", Cancel)).ShouldBe(second);
        (await KeysAsync("shop")).ShouldBeEmpty();
        Directory.GetFileSystemEntries(_folder.File("shop")).ShouldHaveSingleItem().ShouldEndWith(BucketMarker.Key);
        ObjectPath.TryCreate("shop", BucketMarker.Key, out _).ShouldBeFalse();

        await File.WriteAllTextAsync(_folder.File($"shop/{BucketMarker.Key}"), "garbage", Cancel);
        (await Should.ThrowAsync<StoreUnavailableException>(() => _store.ReadMarkerAsync("shop", Cancel))).Message
            .ShouldContain("thanosql store adopt shop");
        File.Delete(_folder.File($"shop/{BucketMarker.Key}"));
        File.CreateSymbolicLink(_folder.File($"shop/{BucketMarker.Key}"), "/etc/hostname");
        await Should.ThrowAsync<BlockedPathException>(() => _store.ReadMarkerAsync("shop", Cancel));
        await Should.ThrowAsync<BucketNotFoundException>(() => _store.ReadMarkerAsync("other", Cancel));
        await Should.ThrowAsync<BucketNotFoundException>(() => _store.WriteMarkerAsync("other", first, Cancel));
    }

    [Fact]
    public async Task A_name_that_no_file_can_have_is_refused_for_good()
    {
        Directory.CreateDirectory(_folder.File("shop/folder"));

        foreach (var key in new[] { "folder", $"{new string('a', 300)}.jpg" })
            await Should.ThrowAsync<InvalidPathException>(() => WriteAsync(new ObjectPath("shop", key), "x"));
    }

    [Fact]
    public async Task The_etag_changes_with_every_overwrite_of_the_same_size_and_time()
    {
        var path = new ObjectPath("shop", "1.jpg");
        var file = _folder.File("shop/1.jpg");
        var tags = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            await File.WriteAllTextAsync(file, $"{i:D3}", Cancel);
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
            await using var opened = await _store.OpenReadAsync(path, Cancel);
            tags.Add(opened.ShouldNotBeNull().Info.ETag);
        }
        tags.Count.ShouldBe(20);
    }

    [Fact]
    public async Task A_reader_keeps_the_version_that_it_opened()
    {
        var path = new ObjectPath("shop", "1.jpg");
        await WriteAsync(path, "old content");
        await using var opened = (await _store.OpenReadAsync(path, Cancel)).ShouldNotBeNull();

        await WriteAsync(path, "new");

        Encoding.UTF8.GetString(await opened.ReadAllAsync(100, Cancel)).ShouldBe("old content");
    }

    [Fact]
    public async Task A_file_cut_while_it_is_read_is_a_transient_error()
    {
        var path = new ObjectPath("shop", "1.jpg");
        await WriteAsync(path, "complete");
        await using var opened = (await _store.OpenReadAsync(path, Cancel)).ShouldNotBeNull();
        await using (var file = new FileStream(_folder.File("shop/1.jpg"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(3);

        var error = await Should.ThrowAsync<TruncatedObjectException>(() => opened.ReadAllAsync(100, Cancel));

        error.ShouldBeAssignableTo<StoreUnavailableException>();
        error.Message.ShouldContain("3 of 8");
    }

    [Fact]
    public async Task An_object_over_the_limit_is_refused_before_it_is_read()
    {
        var path = new ObjectPath("shop", "1.jpg");
        await WriteAsync(path, "complete");
        await using var opened = (await _store.OpenReadAsync(path, Cancel)).ShouldNotBeNull();

        await Should.ThrowAsync<StoreRefusedException>(() => opened.ReadAllAsync(7, Cancel));
    }

    [Fact]
    public async Task A_failed_write_leaves_the_old_content_and_nothing_else()
    {
        var path = new ObjectPath("shop", "1.jpg");
        await WriteAsync(path, "old");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(
            () => _store.WriteAsync(path, new MemoryStream(new byte[1000]), null, cancelled.Token));

        (await ReadAsync(path)).ShouldBe("old");
        Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Symbolic_links_are_neither_followed_nor_listed()
    {
        var secret = _folder.File("secret.txt");
        await File.WriteAllTextAsync(secret, "secret", Cancel);
        File.CreateSymbolicLink(_folder.File("shop/link.jpg"), secret);
        Directory.CreateSymbolicLink(_folder.File("shop/out"), _folder.Path);

        await Should.ThrowAsync<StoreRefusedException>(() => _store.OpenReadAsync(new ObjectPath("shop", "link.jpg"), Cancel));
        await Should.ThrowAsync<StoreRefusedException>(() => _store.OpenReadAsync(new ObjectPath("shop", "out/secret.txt"), Cancel));
        await Should.ThrowAsync<StoreRefusedException>(() => WriteAsync(new ObjectPath("shop", "out/new.txt"), "x"));
        (await KeysAsync("shop")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Hidden_and_unfinished_files_are_no_objects()
    {
        string[] names = [".hidden", "a.jpg.part", "b.jpg.crdownload", "c.tmp", "d.jpg~", ".cache/e.jpg"];
        Directory.CreateDirectory(_folder.File("shop/.cache"));
        foreach (var name in names)
            await File.WriteAllTextAsync(_folder.File($"shop/{name}"), "x", Cancel);

        (await KeysAsync("shop")).ShouldBeEmpty();
        foreach (var name in names)
        {
            (await _store.StatAsync(new ObjectPath("shop", name), Cancel)).ShouldBeNull();
            await Should.ThrowAsync<InvalidPathException>(() => WriteAsync(new ObjectPath("shop", name), "x"));
        }
    }

    [Fact]
    public async Task A_file_named_by_macOS_is_found_listed_and_overwritten_under_its_composed_name()
    {
        var path = new ObjectPath("shop", "과일/사과.jpg");
        Directory.CreateDirectory(_folder.File("shop/과일"));
        await File.WriteAllTextAsync(_folder.File("shop/과일/\u1109\u1161\u1100\u116A.jpg"), "mac", Cancel);

        (await ReadAsync(path)).ShouldBe("mac");
        (await KeysAsync("shop")).ShouldBe(["과일/사과.jpg"]);
        await WriteAsync(path, "linux");
        Directory.EnumerateFiles(_folder.File("shop/과일")).Count().ShouldBe(1);
        (await ReadAsync(path)).ShouldBe("linux");
        await _store.DeleteAsync(path, Cancel);
        (await KeysAsync("shop")).ShouldBeEmpty();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<ObjectInfo> WriteAsync(ObjectPath path, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await _store.WriteAsync(path, content, null, Cancel);
    }

    private async Task<string> ReadAsync(ObjectPath path)
    {
        await using var opened = (await _store.OpenReadAsync(path, Cancel)).ShouldNotBeNull();
        return Encoding.UTF8.GetString(await opened.ReadAllAsync(1000, Cancel));
    }

    private async Task<List<string>> KeysAsync(string bucket)
    {
        var keys = new List<string>();
        await foreach (var page in _store.ListAsync(bucket, "", null, Cancel))
            keys.AddRange(page.Objects.Select(found => found.Key));
        return keys;
    }
}
