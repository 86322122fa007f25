using System.Diagnostics;
using System.Threading.Channels;
using ThanoSql.Messages;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class FolderWatcherTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly TaskCompletionSource _rescan = new();
    private readonly FolderStore _store;
    private readonly FolderWatcher _watcher;

    public FolderWatcherTests()
    {
        _store = new FolderStore(_folder.Path);
        Directory.CreateDirectory(_folder.File("shop/old"));
        File.WriteAllText(_folder.File("shop/old/1.jpg"), "x");
        _watcher = new FolderWatcher(_store, "shop", () => _rescan.TrySetResult(), TimeProvider.System);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_is_reported_when_its_writer_closes_it_and_not_before()
    {
        await using (var file = File.Create(_folder.File("shop/사과 파이+1.jpg")))
        {
            await file.WriteAsync(new byte[1000], Cancel);
            await file.FlushAsync(Cancel);
            await File.WriteAllTextAsync(_folder.File("shop/other.jpg"), "x", Cancel);
            (await NextAsync()).Key.ShouldBe("other.jpg");
            await file.WriteAsync(new byte[500], Cancel);
        }

        var reported = await NextAsync();

        reported.Deleted.ShouldBeFalse();
        (reported.Bucket, reported.Key).ShouldBe(("shop", "사과 파이+1.jpg"));
        reported.Size.ShouldBe(1500);
        reported.ETag.ShouldBe((await _store.StatAsync(new ObjectPath(reported.Bucket, reported.Key), Cancel))!.ETag);
    }

    [Fact]
    public async Task Overwriting_renaming_and_deleting_are_reported()
    {
        await File.WriteAllTextAsync(_folder.File("shop/old/1.jpg"), "new", Cancel);
        File.Move(_folder.File("shop/old/1.jpg"), _folder.File("shop/2.jpg"));
        File.Delete(_folder.File("shop/2.jpg"));
        await File.WriteAllTextAsync(_folder.File("shop/end.jpg"), "x", Cancel);

        // Puts of a file that is gone by the time it is looked at are left out, its deletion is not.
        var deleted = (await UntilAsync("end.jpg")).Where(seen => seen.Deleted).Select(seen => seen.Key);

        deleted.ShouldBe(["old/1.jpg", "2.jpg"]);
    }

    [Fact]
    public async Task A_write_of_the_store_itself_is_one_put()
    {
        using var content = new MemoryStream([1, 2, 3]);
        var written = await _store.WriteAsync(new ObjectPath("shop", "new/deep/1.jpg"), content, null, Cancel);

        // What comes after it may overtake it: files of a new folder wait until they are known to be complete
        var reported = await UntilAsync("new/deep/1.jpg");

        reported.ShouldContain(seen => seen.Key == written.Key && seen.ETag == written.ETag && seen.Size == 3);
    }

    [Fact]
    public async Task Unfinished_and_hidden_files_are_reported_under_their_final_name_only()
    {
        foreach (var name in new[] { ".1.jpg.Xa3f", "2.jpg.part" })
            await File.WriteAllTextAsync(_folder.File($"shop/{name}"), "x", Cancel);
        File.Move(_folder.File("shop/.1.jpg.Xa3f"), _folder.File("shop/1.jpg"));
        File.Move(_folder.File("shop/2.jpg.part"), _folder.File("shop/2.jpg"));

        (await UntilAsync("2.jpg")).Select(seen => seen.Key).ShouldBe(["1.jpg", "2.jpg"]);
    }

    [Fact]
    public async Task Every_file_of_a_folder_that_is_copied_or_moved_in_is_reported()
    {
        var outside = _folder.File("outside/a/b");
        Directory.CreateDirectory(outside);
        for (var i = 0; i < 200; i++)
            await File.WriteAllTextAsync(Path.Combine(outside, $"{i}.jpg"), "x", Cancel);
        using (var copy = Process.Start("cp", ["-r", _folder.File("outside"), _folder.File("shop/copied")]))
            await copy.WaitForExitAsync(Cancel);
        Directory.Move(_folder.File("outside"), _folder.File("shop/moved"));

        var expected = Enumerable.Range(0, 200).SelectMany(i => new[] { $"copied/a/b/{i}.jpg", $"moved/a/b/{i}.jpg" }).ToHashSet();
        while (expected.Count > 0)
            expected.Remove((await NextAsync()).Key);
    }

    [Fact]
    public async Task A_hard_link_is_reported()
    {
        using (var link = Process.Start("ln", [_folder.File("shop/old/1.jpg"), _folder.File("shop/linked.jpg")]))
            await link.WaitForExitAsync(Cancel);

        (await NextAsync()).Key.ShouldBe("linked.jpg");
    }

    [Fact]
    public async Task A_symbolic_link_is_not_reported()
    {
        File.CreateSymbolicLink(_folder.File("outside.jpg"), _folder.File("shop/old/1.jpg"));
        File.Move(_folder.File("outside.jpg"), _folder.File("shop/link.jpg"));
        await File.WriteAllTextAsync(_folder.File("shop/end.jpg"), "x", Cancel);

        (await UntilAsync("end.jpg")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_folder_moved_away_asks_for_a_rescan_and_is_watched_under_its_new_name()
    {
        Directory.Move(_folder.File("shop/old"), _folder.File("shop/new"));
        await _rescan.Task.WaitAsync(Deadline, Cancel);

        (await NextAsync()).Key.ShouldBe("new/1.jpg");
        await File.WriteAllTextAsync(_folder.File("shop/new/2.jpg"), "x", Cancel);
        (await NextAsync()).Key.ShouldBe("new/2.jpg");
    }

    [Fact]
    public async Task The_bucket_disappearing_ends_the_events_with_an_error()
    {
        Directory.Delete(_folder.File("shop"), recursive: true);

        await Should.ThrowAsync<StoreUnavailableException>(async () =>
        {
            while (true)
                await NextAsync();
        });
    }

    [Fact]
    public async Task A_stopped_watcher_ends_its_events()
    {
        await _watcher.DisposeAsync();

        await Should.ThrowAsync<ChannelClosedException>(NextAsync);
    }

    private static TimeSpan Deadline => TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<ObjectChanged> NextAsync()
    {
        try
        {
            return await _watcher.Events.ReadAsync(Cancel).AsTask().WaitAsync(Deadline, Cancel);
        }
        catch (ChannelClosedException closed) when (closed.InnerException is StoreException cause)
        {
            throw new StoreUnavailableException(cause.Message, closed);
        }
    }

    private async Task<List<ObjectChanged>> UntilAsync(string key)
    {
        var seen = new List<ObjectChanged>();
        do
            seen.Add(await NextAsync());
        while (seen[^1].Key != key);
        return seen;
    }
}
