using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using ThanoSql.Catalog;
using ThanoSql.Indexer.Backups;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>The disk of an embedded installation is lost, and its last backup, made while it was at work, brought back.</summary>
public sealed class LostDiskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-backup-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_backup_made_while_images_arrive_brings_all_back_after_the_disk_is_lost_and_indexing_goes_on()
    {
        await using var world = await UpWorld.StartAsync();
        await world.Writer.ChurnAsync(40);
        await world.ShouldBecomeCleanAsync();
        await world.Database.Command("CREATE TABLE notes AS SELECT 'ours' AS text").RunAsync(Cancellation);
        var token = (await RunAsync(world, 0, "token", "create", "shop", "--scope", "search")).Trim();
        var models = Directory.CreateDirectory(Path.Combine(world.Home, "models")).FullName;
        await File.WriteAllTextAsync(Path.Combine(models, "foods.1.onnx"), "a model", Cancellation);

        var archive = Path.Combine(_folder, "home.tar.gz");
        await BackUpUnderLoadAsync(world, archive);
        File.GetUnixFileMode(archive).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(_folder).ShouldBe([archive]); // nothing unfinished is left
        (await Tool.RunAsync("tar", "-tzf", archive)).ShouldContain("pipelines/products.yaml");
        (await RunAsync(world, 1, "backup", archive)).ShouldContain("say --overwrite");
        (await RunAsync(world, 1, "restore", archive, "--overwrite")).ShouldContain("Another thanosql");
        await ShouldRefuseDamageAsync(archive);

        await world.Writer.ChurnAsync(20); // what no backup has
        await LoseDiskAsync(world);
        (await RunAsync(world, 0, "restore", archive)).ShouldContain($"Next: thanosql up --home {world.Home}");
        await world.StartAgainAsync();
        await world.Writer.ChurnAsync(20);

        await world.ShouldBecomeCleanAsync();
        (await world.ScalarAsync<string>("SELECT text FROM notes")).ShouldBe("ours");
        (await File.ReadAllTextAsync(Path.Combine(models, "foods.1.onnx"), Cancellation)).ShouldBe("a model");
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.failures")).ShouldBe(0);
        (await AnswerAsync(world, token)).ShouldBe(HttpStatusCode.OK);
        (await AnswerAsync(world, "tsql_somebody-elses")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task BackUpUnderLoadAsync(UpWorld world, string archive)
    {
        await using var backup = ThanoSqlProcess.Start(Settings(world), "backup", archive, "--home", world.Home);
        var changes = 0;
        for (; !backup.HasExited; changes++)
        {
            await world.Writer.ChurnAsync(1);
            await Task.Delay(20, Cancellation); // each is indexed in the end
        }
        (await backup.WaitForExitAsync()).ShouldBe(0, backup.Output);
        changes.ShouldBeGreaterThan(0);
        TestContext.Current.TestOutputHelper!.WriteLine($"{changes} changes during the backup, which says: {backup.Output}");
    }

    /// <summary>Each of it is told before anything is made in the home folder.</summary>
    private async Task ShouldRefuseDamageAsync(string archive)
    {
        var whole = await File.ReadAllBytesAsync(archive, Cancellation);
        var damaged = Path.Combine(_folder, "damaged.tar.gz");
        var home = Path.Combine(_folder, "home");
        byte[][] damages =
        [
            [], whole[..^1], whole[..(whole.Length / 2)], [.. whole, 0], Altered(0), Altered(whole.Length / 2), Altered(whole.Length - 1),
        ];
        foreach (var damage in damages)
        {
            await File.WriteAllBytesAsync(damaged, damage, Cancellation);
            (await Should.ThrowAsync<StartException>(
                () => Restore.RunAsync(damaged, home, true, (_, _) => new Progress<long>(), DateTimeOffset.UtcNow, Cancellation)))
                .Message.ShouldContain("is no whole backup");
            Directory.Exists(home).ShouldBeFalse();
        }

        byte[] Altered(int at) => [.. whole[..at], (byte)(whole[at] ^ 1), .. whole[(at + 1)..]];
    }

    private static async Task LoseDiskAsync(UpWorld world)
    {
        var postmaster = await world.PostmasterAsync();
        world.Up.Kill();
        await world.Up.WaitForExitAsync();
        using (var server = Process.GetProcessById(postmaster))
            server.Kill();
        foreach (var folder in new[] { "postgresql", "models" }) // away at once: the dead server's processes are ending still
            Directory.Move(Path.Combine(world.Home, folder), Path.Combine(world.Home, "..", $"lost-{folder}"));
    }

    private static async Task<HttpStatusCode> AnswerAsync(UpWorld world, string token)
    {
        using var http = new HttpClient { BaseAddress = world.Up.Service };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var reply = await http.GetAsync(new Uri("/api/v1/keywords?table=products", UriKind.Relative), Cancellation);
        return reply.StatusCode;
    }

    private static async Task<string> RunAsync(UpWorld world, int code, params string[] arguments)
    {
        await using var process = ThanoSqlProcess.Start(Settings(world), [.. arguments, "--home", world.Home]);
        (await process.WaitForExitAsync()).ShouldBe(code, process.Output);
        return process.Output;
    }

    private static Dictionary<string, string> Settings(UpWorld world) => new() { ["Indexing__Pipelines"] = world.Pipelines };
}
