using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Today's program opens a large home of an early release, while pictures come and shops ask; the early release may not come back.</summary>
public sealed class GrownHomeTests
{
    private const int More = 100_000;
    private const int New = 60; // pictures that come meanwhile
    private const int Shops = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_home_of_a_hundred_thousand_images_is_opened_under_load_without_looking_at_one_anew_and_no_way_back_is_taken_in_silence()
    {
        var clock = Stopwatch.StartNew();
        await using var home = await OldHome.CreateAsync(More);
        Tell("made", clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var coming = StoreAsync(home, end.Token);
        await using (var up = await StartAsync(home))
        {
            Tell("ready", clock);
            var asking = Enumerable.Range(0, Shops).Select(_ => AskAsync(up, end.Token)).ToList();
            await coming;
            await using var database = NpgsqlDataSource.Create((await EmbeddedServer.FindAsync(home.Folder, Cancellation))!);
            await UntilAsync(
                database, $"SELECT count(*) = {New} FROM products WHERE image_path LIKE 'products/new-%' AND keyword_source = 'model'", up);
            await UntilAsync(database, $"SELECT EXISTS (SELECT FROM thanosql.sweep WHERE bucket = 'workspace' AND listed >= {More})", up);
            Tell("all new pictures found, and swept", clock);
            await end.CancelAsync();
            var answers = (await Task.WhenAll(asking)).SelectMany(a => a).ToList();
            answers.Count.ShouldBeGreaterThan(0);
            TestContext.Current.TestOutputHelper!.WriteLine($"{answers.Count} answers, the slowest in {answers.Max().TotalMilliseconds:F0} ms");

            (await database.Command(
                "SELECT count(*)::int FROM products WHERE image_path LIKE 'products/more/%' AND keyword_version = 2 AND keyword = "
                + "CASE WHEN image_path LIKE '%0.png' THEN 'pear' ELSE 'apple' END").ScalarAsync<int>(Cancellation)).ShouldBe(More);
            (await database.Command(
                "SELECT count(*)::int FROM thanosql.image WHERE key LIKE 'products/more/%' AND state = 'indexed' AND generation = 1 AND attempts = 0")
                .ScalarAsync<int>(Cancellation)).ShouldBe(More);
            await database.Command("INSERT INTO thanosql.migration (number, name) VALUES (2, 'filled'), (9000, 'of_the_next_release')")
                .RunAsync(Cancellation);
            (await up.TerminateAsync()).ShouldBe(0, up.Output);
        }
        await ShouldRefuseAsync(home);
    }

    private static void Tell(string what, Stopwatch clock) =>
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:F1} s: {what}"));

    private static Task<WorkerProcess> StartAsync(OldHome home) => WorkerProcess.StartAsync(
        "up", new Dictionary<string, string> { ["Indexing__Pipelines"] = home.Pipelines, ["Vision__Threads"] = "1" }, "--home", home.Folder);

    /// <summary>Pictures come from before the start until after it.</summary>
    private static async Task StoreAsync(OldHome home, CancellationToken end)
    {
        var folder = Path.Combine(home.Folder, "store", "workspace", "products");
        for (var i = 0; i < New; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, $"new-{i:00}.png"), Picture.Of(1000 + i), end);
            await Task.Delay(100, end); // spreads them over the start
        }
    }

    /// <returns>How long each answer took; one that is not right fails.</returns>
    private static async Task<List<TimeSpan>> AskAsync(WorkerProcess up, CancellationToken end)
    {
        using var shop = new HttpClient { BaseAddress = up.Service };
        shop.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", OldHome.ShopToken);
        var took = new List<TimeSpan>();
        while (!end.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            using var reply = await shop.GetAsync(new Uri("/api/v1/search?table=products&keyword=pear&limit=20", UriKind.Relative), Cancellation);
            var answer = await reply.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            reply.IsSuccessStatusCode.ShouldBeTrue($"{answer}");
            answer.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("path").GetString())
                .ShouldBe(["products/pear-1.png", .. Enumerable.Range(0, 19).Select(i => $"products/more/{i * 10:000000}.png")]);
            took.Add(clock.Elapsed);
        }
        return took;
    }

    private static async Task UntilAsync(NpgsqlDataSource database, string condition, WorkerProcess up)
    {
        for (var deadline = DateTime.UtcNow + Patience; !await database.Command(condition).ScalarAsync<bool>(Cancellation);)
        {
            (DateTime.UtcNow < deadline).ShouldBeTrue($"{condition}\n{up.Output}");
            await Task.Delay(100, Cancellation);
        }
    }

    /// <summary>Two migrations that this release does not know, one of them below its newest: it ends, and has changed nothing.</summary>
    private static async Task ShouldRefuseAsync(OldHome home)
    {
        await using var older = ThanoSqlProcess.Start(
            new Dictionary<string, string> { ["Indexing__Pipelines"] = home.Pipelines }, "up", "--home", home.Folder, "--urls", "http://127.0.0.1:0");
        (await older.WaitForExitAsync()).ShouldBe(1, older.Output);
        older.Output.ShouldContain("The database is at migration 9000");
        older.Output.ShouldContain("a newer one ran 2 migrations");
        older.Output.ShouldContain("Start the newer release again, or restore a backup");
        PostmasterFile.OfRunning(Path.Combine(home.Folder, "postgresql", "data")).ShouldBeNull();
    }
}
