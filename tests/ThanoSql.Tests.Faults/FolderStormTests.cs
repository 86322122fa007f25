using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>A folder that fills faster than it can be followed, and one that cannot be watched.</summary>
public sealed class FolderStormTests(RealServers servers)
{
    private const int Images = 3000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousands_of_files_at_once_with_the_database_gone_and_events_lost_in_the_middle_are_all_indexed_without_anybodys_help()
    {
        await using var faulty = await PrivateServers.CreateAsync("postgres");
        await using var world = await FaultWorld.CreateAsync(servers, faulty);
        using var store = new Folder(world.Bucket);
        store.Drop(0, 1);
        var all = await world.StartAsync("up", store.Settings);
        await world.EventuallyAsync("bool_and(state = 'active') FROM thanosql.pipeline");
        store.Drop(1, Images / 3);
        await world.EventuallyAsync("count(*) > 50 FROM thanosql.image");
        await faulty.CrashAsync("postgres");
        store.Drop(Images / 3, Images / 2);
        all.Freeze();
        store.Overflow();
        store.Drop(Images / 2, Images * 3 / 4); // nobody hears of these
        all.Continue();
        store.Drop(Images * 3 / 4, Images);
        await all.WaitUntilReadyAsync(false);
        await faulty.StartAsync("postgres");
        world.Database.Clear(); // the test's own connections are broken

        await IndexedAsync(world, Images);
        all.Output.Split('\n').Count(line => line.Contains("The database does not answer", StringComparison.Ordinal)).ShouldBeLessThan(5);
    }

    [Fact]
    public async Task Folders_that_Linux_does_not_watch_are_named_with_the_setting_and_its_value_and_swept_instead()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        using var store = new Folder(world.Bucket);
        for (var i = 0; i < 10; i++)
            Directory.CreateDirectory(Path.Combine(store.Root, world.Bucket, "p", $"{i}"));

        // Each user namespace has a limit of its own beside the machine's
        var all = await world.BeginAsync(
            "echo 5 > /proc/sys/user/max_inotify_watches", "up", [.. store.Settings, ("Indexing__UnwatchedSweep", "00:00:01")]);
        await all.WaitUntilReadyAsync(true);
        store.Drop(0, 3);

        await IndexedAsync(world, 3);
        all.Output.ShouldContain("sysctl -w fs.inotify.max_user_watches=");
        all.Output.ShouldContain("Indexing:UnwatchedSweep");
    }

    private static Task IndexedAsync(FaultWorld world, int images) => world.EventuallyAsync(
        "(SELECT count(*) FROM thanosql.image WHERE state = 'indexed') = $1 AND (SELECT count(*) FROM products WHERE keyword IS NOT NULL) = $1",
        (long)images);

    /// <summary>A folder store with one bucket.</summary>
    private sealed class Folder : IDisposable
    {
        private readonly string _bucket;

        public Folder(string bucket)
        {
            _bucket = Path.Combine(Root, bucket);
            Directory.CreateDirectory(Path.Combine(_bucket, "p"));
        }

        public string Root { get; } = Directory.CreateTempSubdirectory("thanosql-storm-").FullName;

        public (string, string)[] Settings =>
            [("Storage__Kind", "folder"), ("Storage__Folder__Root", Root), ("Bus__Transport", "memory")];

        /// <summary>Files of one picture, of which one look is enough.</summary>
        public void Drop(int from, int to)
        {
            for (var i = from; i < to; i++)
                File.WriteAllBytes(Path.Combine(_bucket, "p", $"{i:00000}.png"), Picture.Of(1));
        }

        /// <summary>More changes than Linux remembers for who does not read them; of a hidden file, which is no object.</summary>
        public void Overflow()
        {
            var most = int.Parse(File.ReadAllText("/proc/sys/fs/inotify/max_queued_events"), System.Globalization.CultureInfo.InvariantCulture);
            for (var i = 0; i <= most; i++)
            {
                var file = Path.Combine(_bucket, "p", ".hidden");
                File.WriteAllBytes(file, []);
                File.Delete(file);
            }
        }

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
