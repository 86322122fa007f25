using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Tests.Unit.Storage;

/// <summary>Whoever may write into the store's folder must not make the service read, write or delete anything outside of it.</summary>
public sealed class FolderLinkTests : IDisposable
{
    private const string Secret = "the secret";

    private readonly TemporaryFolder _folder = new();
    private readonly FolderStore _store;

    public FolderLinkTests()
    {
        Directory.CreateDirectory(_folder.File("root/shop/real"));
        Directory.CreateDirectory(_folder.File("outside/deep"));
        File.WriteAllText(_folder.File("outside/secret.csv"), Secret);
        File.WriteAllText(_folder.File("outside/deep/secret.csv"), Secret);
        File.WriteAllText(_folder.File("root/shop/real/1.jpg"), "one");
        Directory.CreateSymbolicLink(_folder.File("root/linkbucket"), _folder.File("outside"));
        Directory.CreateSymbolicLink(_folder.File("root/shop/out"), _folder.File("outside"));
        Directory.CreateSymbolicLink(_folder.File("root/shop/up"), "..");
        Directory.CreateSymbolicLink(_folder.File("root/shop/inside"), "real");
        File.CreateSymbolicLink(_folder.File("root/shop/link.csv"), _folder.File("outside/secret.csv"));
        File.CreateSymbolicLink(_folder.File("root/shop/real/sideways.jpg"), "1.jpg");
        _store = new FolderStore(_folder.File("root"));
    }

    public static TheoryData<string, string> Links => new()
    {
        { "linkbucket", "secret.csv" },
        { "linkbucket", "deep/secret.csv" },
        { "shop", "link.csv" },
        { "shop", "out/secret.csv" },
        { "shop", "out/deep/secret.csv" },
        { "shop", "up/shop/real/1.jpg" },
        { "shop", "inside/1.jpg" },
        { "shop", "real/sideways.jpg" },
        { "shop", "out/사과.csv" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Links))]
    public async Task A_path_through_a_link_is_refused_for_every_operation(string bucket, string key)
    {
        var path = new ObjectPath(bucket, key);
        var before = Everything();
        using var content = new MemoryStream([1, 2, 3]);

        var link = await Should.ThrowAsync<StoreRefusedException>(() => _store.OpenReadAsync(path, Cancel));
        await Should.ThrowAsync<StoreRefusedException>(() => _store.StatAsync(path, Cancel));
        await Should.ThrowAsync<StoreRefusedException>(() => _store.WriteAsync(path, content, null, Cancel));
        await Should.ThrowAsync<StoreRefusedException>(() => _store.DeleteAsync(path, Cancel));

        link.Message.ShouldContain("symbolic link");
        link.Message.ShouldNotContain(_folder.Path);
        Everything().ShouldBe(before);
    }

    [Fact]
    public async Task A_bucket_that_is_a_link_is_neither_listed_nor_made_nor_watched()
    {
        await Should.ThrowAsync<StoreRefusedException>(() => _store.EnsureBucketAsync("linkbucket", Cancel));
        await Should.ThrowAsync<StoreRefusedException>(async () => await PageAsync("linkbucket"));
        Should.Throw<StoreRefusedException>(() => new FolderWatcher(_store, "linkbucket", () => { }, TimeProvider.System))
            .Message.ShouldContain("'linkbucket' is a symbolic link");
    }

    [Fact]
    public async Task A_listing_holds_files_alone_and_names_what_it_did_not_follow()
    {
        MakePipe(_folder.File("root/shop/pipe.jpg"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.File("root/shop/socket.jpg")));

        var page = await PageAsync("shop");

        page.Objects.Select(found => found.Key).ShouldBe(["real/1.jpg"]);
        page.NotFollowed.ShouldBe(["inside", "link.csv", "out", "pipe.jpg", "real/sideways.jpg", "socket.jpg", "up"]);
    }

    [Fact]
    public async Task A_pipe_and_a_socket_are_no_objects_and_hold_up_nobody()
    {
        MakePipe(_folder.File("root/shop/pipe.jpg"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.File("root/shop/socket.jpg")));

        foreach (var key in new[] { "pipe.jpg", "socket.jpg" })
        {
            var path = new ObjectPath("shop", key);
            using var content = new MemoryStream([1, 2, 3]);
            await Should.ThrowAsync<StoreRefusedException>(() => _store.OpenReadAsync(path, Cancel));
            await Should.ThrowAsync<StoreRefusedException>(() => _store.WriteAsync(path, content, null, Cancel));
        }
    }

    [Fact]
    public void A_kernel_without_openat2_refuses_the_same_links()
    {
        using var root = Entry.Root(_folder.File("root"));

        foreach (var (bucket, key) in Links.Select(row => row.Data))
        {
            try
            {
                using var found = root.FindStepwise($"{bucket}/{key}");
                found?.Status.Kind.ShouldBe(FileKind.Link); // the last name: told, not followed
            }
            catch (StoreRefusedException refused)
            {
                refused.Message.ShouldContain("symbolic link");
            }
        }
        using var real = root.FindStepwise("shop/real/1.jpg");
        real!.Status.Kind.ShouldBe(FileKind.File);
    }

    [Fact]
    public async Task A_link_swapped_in_while_a_folder_is_read_and_written_leads_nowhere()
    {
        var (link, place) = (_folder.File("root/shop/out"), _folder.File("root/shop/turn"));
        Directory.CreateDirectory(place);
        using var stop = new CancellationTokenSource();
        var swapping = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                    Exchange(link, place).ShouldBe(0);
            },
            Cancel);
        var path = new ObjectPath("shop", "turn/secret.csv");
        var (written, refused) = (0, 0);

        for (var turn = 0; turn < 20_000 && (turn < 200 || written == 0 || refused == 0); turn++)
        {
            using var content = new MemoryStream(Encoding.UTF8.GetBytes("ours"));
            try
            {
                await _store.WriteAsync(path, content, null, Cancel);
                written++;
                await using var opened = await _store.OpenReadAsync(path, Cancel);
                if (opened is not null)
                    Encoding.UTF8.GetString(await opened.ReadAllAsync(100, Cancel)).ShouldBe("ours");
                await _store.DeleteAsync(path, Cancel);
            }
            catch (StoreException)
            {
                refused++;
            }
        }
        await stop.CancelAsync();
        await swapping;

        (await File.ReadAllTextAsync(_folder.File("outside/secret.csv"), Cancel)).ShouldBe(Secret);
        Directory.EnumerateFiles(_folder.File("outside")).Count().ShouldBe(1);
        (written > 0 && refused > 0).ShouldBeTrue($"{written} written, {refused} refused: the test met no race.");
    }

    [Fact]
    public async Task A_folder_that_becomes_a_link_is_not_watched_through_it()
    {
        await using var watcher = new FolderWatcher(_store, "shop", () => { }, TimeProvider.System);
        Directory.CreateSymbolicLink(_folder.File("root/shop/later"), _folder.File("outside"));
        await File.WriteAllTextAsync(_folder.File("outside/new.jpg"), "x", Cancel);
        await File.WriteAllTextAsync(_folder.File("root/shop/end.jpg"), "x", Cancel);

        var seen = await watcher.Events.ReadAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        seen.Key.ShouldBe("end.jpg");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static int Exchange(string one, string other) => RenameAt2(-100, one, -100, other, 2);

    [DllImport("libc", EntryPoint = "renameat2", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    private static void MakePipe(string file)
    {
        using var made = Process.Start("mkfifo", [file]);
        made.WaitForExit();
    }

    private List<string> Everything() =>
        [.. Directory.EnumerateFileSystemEntries(_folder.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(entry => !entry.Contains(".thanosql-tmp", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private async Task<ObjectPage> PageAsync(string bucket)
    {
        await foreach (var page in _store.ListAsync(bucket, "", null, Cancel))
            return page;
        return new ObjectPage([], null, []);
    }
}
