using System.Diagnostics;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Faults.Ledger;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>PostgreSQL's disk is full for a while: during indexing, a build, and the re-keying of a rollback.</summary>
public sealed class FullDiskTests(RealServers servers)
{
    private const int Images = 40;

    // Over another input size than the index's, so that every picture is looked at again
    private const string Build = """
        BUILD MODEL foods USING ConvNeXt_Atto OPTIONS (input_size=64, epochs=2, overwrite=True)
        AS SELECT image_path, substr(image_path, 6, 1) AS label FROM products
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Everything is on that disk, so that the server's write-ahead log fails as well, and with it the server.</summary>
    [Fact]
    public async Task A_full_disk_under_the_embedded_server_costs_nothing_and_all_goes_on_once_there_is_space()
    {
        await using var world = await UpWorld.StartAsync(megabytes: 320);
        await PutAsync(world.Writer, 0);
        await world.ShouldBecomeCleanAsync();

        world.Disk.Fill();
        await PutAsync(world.Writer, Images);
        await ShouldTellAsync(world.Up);
        world.Disk.Free();
        var since = Stopwatch.StartNew();
        await world.Up.WaitUntilReadyAsync(true);
        await world.ShouldBecomeCleanAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"indexing: over {since.Elapsed} after there was space");

        await RunOnFullDiskAsync(world.Database, world.Disk, world.Up, world.Up, new(Oracle.Model, RunTrigger.Statement, Build, TokenScope.Write));
        await ShouldAnswerWithAsync(world.Database, version: 2);
        await RunOnFullDiskAsync(world.Database, world.Disk, world.Up, world.Up, NewTrainingRun.Rollback(Oracle.Model, 1));
        await world.ShouldBecomeCleanAsync();
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.failures")).ShouldBe(0);
    }

    /// <summary>The database alone is on that disk: its server goes on, and refuses what needs space.</summary>
    [Fact]
    public async Task A_full_disk_under_an_own_server_costs_nothing_and_all_goes_on_once_there_is_space()
    {
        await using var tablespace = await Tablespace.CreateAsync(await servers.PostgresAsync(), megabytes: 96);
        await using var world = await FaultWorld.CreateAsync(servers);
        await tablespace.TakeAsync(world.Database);
        var worker = await world.StartWorkerAsync();
        var trainer = await world.StartAsync("trainer", ("Training__PollInterval", "00:00:00.500"), ("Training__Lease", "00:00:05"));
        await PutAsync(world.Writer, 0);
        await world.ShouldBecomeCleanAsync();

        tablespace.Disk.Fill();
        await PutAsync(world.Writer, Images);
        await ShouldTellAsync(worker);
        tablespace.Disk.Free();
        var since = Stopwatch.StartNew();
        await worker.WaitUntilReadyAsync(true);
        await world.ShouldBecomeCleanAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"indexing: over {since.Elapsed} after there was space");

        await RunOnFullDiskAsync(
            world.Database, tablespace.Disk, trainer, worker, new(Oracle.Model, RunTrigger.Statement, Build, TokenScope.Write));
        await ShouldAnswerWithAsync(world.Database, version: 2);
        await RunOnFullDiskAsync(world.Database, tablespace.Disk, trainer, worker, NewTrainingRun.Rollback(Oracle.Model, 1));
        await world.ShouldBecomeCleanAsync();
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.failures")).ShouldBe(0);
    }

    private static async Task PutAsync(Writer writer, int first)
    {
        for (var i = first; i < first + Images; i++)
            await writer.PutAsync($"p/{i:0000}.png", i);
    }

    private static async Task ShouldTellAsync(WorkerProcess process)
    {
        await process.WaitUntilReadyAsync(false);
        for (var deadline = DateTime.UtcNow.AddMinutes(2);
             !(await process.HealthAsync()).Contains("the disk is full", StringComparison.Ordinal)
             || !process.Output.Contains("the disk is full", StringComparison.Ordinal);
             await Task.Delay(100, Cancellation))
        {
            (DateTime.UtcNow < deadline).ShouldBeTrue($"{await process.HealthAsync()}\n{process.Output}");
        }
        (await process.IsAliveAsync()).ShouldBeTrue();
    }

    /// <summary>A run that finds no space, whichever of its steps needs it first.</summary>
    private static async Task RunOnFullDiskAsync(
        NpgsqlDataSource database, SmallDisk disk, WorkerProcess trainer, WorkerProcess worker, NewTrainingRun asked)
    {
        var queue = new TrainingQueue(database);
        long run;
        await using (await ModelLock.TakeAsync(database, Oracle.Model, Cancellation)) // the trainer has taken it, and waits
        {
            run = await queue.AddAsync(asked, Cancellation);
            while ((await queue.FindAsync(run, Cancellation))!.State == RunState.Queued)
                await Task.Delay(50, Cancellation);
            disk.Fill();
        }
        await ShouldTellAsync(trainer);
        disk.Free();
        var since = Stopwatch.StartNew();
        await trainer.WaitUntilReadyAsync(true);
        await worker.WaitUntilReadyAsync(true);
        database.Clear(); // the server may have gone
        for (var deadline = DateTime.UtcNow.AddMinutes(3);
             await queue.FindAsync(run, Cancellation) is { IsOver: false };
             await Task.Delay(100, Cancellation))
        {
            (DateTime.UtcNow < deadline).ShouldBeTrue(trainer.Output);
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{asked.Trigger}: over {since.Elapsed} after there was space");
        var ended = (await queue.FindAsync(run, Cancellation))!;
        ended.State.ShouldBe(RunState.Promoted, $"{ended.Outcome}\n{trainer.Output}");
        ended.Crashes.ShouldBe(0);
    }

    // Every row, and by that version alone
    private static async Task ShouldAnswerWithAsync(NpgsqlDataSource database, int version) => (await database.Command(
        "SELECT min(keyword_version) || ' ' || max(keyword_version) || ' ' || count(DISTINCT image_path) || ' ' || count(*) FROM products "
        + "WHERE keyword_source = 'model'").ScalarAsync<string>(Cancellation)).ShouldBe($"{version} {version} {2 * Images} {2 * Images}");

    /// <summary>A tablespace on a small disk, in a server of others.</summary>
    private sealed class Tablespace : IAsyncDisposable
    {
        private readonly string _name = $"small_{Guid.NewGuid():N}";
        private readonly string _server;

        private Tablespace(string server, SmallDisk disk) => (_server, Disk) = (server, disk);

        public SmallDisk Disk { get; }

        public static async Task<Tablespace> CreateAsync(string server, int megabytes)
        {
            var folder = Path.Combine("/var/tmp", $"thanosql-disk-{Guid.NewGuid():N}");
            var tablespace = new Tablespace(server, await SmallDisk.MountAsync(folder, megabytes));
            var data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
            await Tool.RunAsync("chown", "postgres:", data);
            await tablespace.ExecuteAsync($"CREATE TABLESPACE {tablespace._name} LOCATION '{data}'");
            return tablespace;
        }

        /// <summary>Moves a database here.</summary>
        public async Task TakeAsync(NpgsqlDataSource database)
        {
            var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
            database.Clear();
            await ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            await ExecuteAsync($"ALTER DATABASE {name} SET TABLESPACE {_name}");
        }

        public async ValueTask DisposeAsync()
        {
            await ExecuteAsync($"DROP TABLESPACE {_name}");
            await Disk.DisposeAsync();
            Directory.Delete(Disk.Folder);
        }

        private async Task ExecuteAsync(string statement)
        {
            await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_server) { Pooling = false });
            await using var command = server.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(Cancellation);
        }
    }
}
