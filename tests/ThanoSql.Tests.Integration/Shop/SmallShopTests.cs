using ThanoSql.Indexer.Hosting;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Shop;

/// <summary>A shop of a page and a script (<c>tests/shop</c>) does what shops do, against two query services behind nginx.</summary>
public sealed class SmallShopTests(RunningShop shop) : IClassFixture<RunningShop>
{
    // nginx has a certificate of its own
    private const string TakesAnyCertificate = "NODE_TLS_REJECT_UNAUTHORIZED=0";

    [Fact]
    public async Task It_runs_for_a_day()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var second = await shop.StartAsync(Roles.Query);
        await using var nginx = await NginxServer.StartAsync(new Uri(shop.Address), new Uri(second.Urls.First()));
        var pictures = Directory.CreateTempSubdirectory("thanosql-shop-").FullName;
        try
        {
            foreach (var (name, isRed, number) in new[] { ("red-1", true, 41), ("red-2", true, 42), ("red-3", true, 43), ("blue-1", false, 44) })
                await File.WriteAllBytesAsync(Path.Combine(pictures, $"{name}.png"), RunningShop.Picture(isRed, number), cancellation);

            var address = $"https://127.0.0.1:{nginx.Address.Port}/index/";
            var script = Repository.File("tests/shop/operate.mjs");
            var did = await Tool.RunAsync("env", TakesAnyCertificate, "node", script, address, shop.Token, pictures);

            did.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(11, did);
        }
        finally
        {
            await second.StopAsync(cancellation);
            Directory.Delete(pictures, recursive: true);
        }
    }
}
