using System.Text;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Links;
using ThanoSql.Query.Images;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Unit.Query;

public sealed class PageLinksTests : IAsyncDisposable
{
    private static readonly DateTime Noon = new(2027, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly NpgsqlDataSource _nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
    private readonly PictureVersions _versions;
    private readonly LinkMemory _memory;

    public PageLinksTests()
    {
        _versions = new PictureVersions(new ServiceDatabase(_nowhere), TimeProvider.System);
        _memory = new LinkMemory(new RecentLinks(), _versions, ((DateTimeOffset)Noon).ToUnixTimeMilliseconds());
    }

    public ValueTask DisposeAsync() => _nowhere.DisposeAsync();

    [Fact]
    public void A_link_names_base_path_picture_version_width_token_and_end()
    {
        Link(Links(), "products/과일 +1.jpg").ShouldStartWith(
            "/index/images/products/%EA%B3%BC%EC%9D%BC%20%2B1.jpg?v=0&width=240&for=3&expires=1800000000&signature=");
        Link(Links(), "s3://shop/1.jpg").ShouldStartWith("/index/images/1.jpg?bucket=shop&v=0&width=240");
        Link(Links(key: 2), "1.jpg").ShouldContain("signature=2~");
        Encoding.UTF8.GetString(Links(lasting: true).Of(new ObjectPath("workspace", "1.jpg"))).ShouldStartWith("/index/images/1.jpg?width=240");
        Link(Links(), "../1.jpg").ShouldBeEmpty();
    }

    [Fact]
    public void It_changes_with_its_picture_and_its_key_and_with_nothing_else()
    {
        var links = Links();
        var (one, other) = (Link(links, "1.jpg"), Link(links, "2.jpg"));

        _versions.Learn([new Replacement("workspace", "1.jpg", Noon.AddDays(-1))]);
        Link(links, "1.jpg").ShouldBe(one); // replaced before the hour of these links
        _versions.Learn([new Replacement("workspace", "1.jpg", Noon.AddMinutes(1))]);
        var replaced = Link(links, "1.jpg");
        replaced.ShouldContain($"v={((DateTimeOffset)Noon.AddMinutes(1)).ToUnixTimeMilliseconds()}&");
        replaced.Split("signature=")[1].ShouldNotBe(one.Split("signature=")[1]);
        Link(links, "./1.jpg").ShouldBe(replaced);
        Link(links, "2.jpg").ShouldBe(other);
        _versions.Learn([new Replacement("workspace", "1.jpg", Noon)]); // seen late
        Link(links, "1.jpg").ShouldBe(replaced);
        Link(Links(key: 2), "2.jpg").ShouldNotBe(other);
        Link(Links(), "2.jpg").ShouldBe(other);
    }

    [Fact]
    public void A_link_that_was_made_before_costs_no_memory()
    {
        var links = Links();
        var path = Encoding.UTF8.GetBytes("products/1.jpg");
        links.Of(path);
        links.Of(path);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            links.Of(path);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static string Link(PageLinks links, string path) => Encoding.UTF8.GetString(links.Of(Encoding.UTF8.GetBytes(path)));

    private PageLinks Links(int key = 1, bool lasting = false) => new(
        new SigningKey(new LinkKey(key, new string('0', 64))), "workspace", new LinkTraits(240, 3, 1_800_000_000, "/index"),
        lasting ? null : _memory);
}
