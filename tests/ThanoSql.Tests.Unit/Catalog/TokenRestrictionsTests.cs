using ThanoSql.Catalog;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class TokenRestrictionsTests
{
    [Fact]
    public void They_are_kept_in_one_spelling()
    {
        var kept = new TokenRestrictions(
            ["products", "products"], ["./products/", "s3://workspace/products/"],
            ["HTTPS://Shop.Example", "https://shop.example:443/", "http://localhost:3000", "https://과일.example"], 600).Checked("workspace");

        kept.Tables.ShouldBe(["products"]);
        kept.Prefixes.ShouldBe(["products/"]);
        kept.Origins.ShouldBe(["https://shop.example", "http://localhost:3000", "https://xn--vb0bo61c.example"]);
        kept.PerMinute.ShouldBe(600);
    }

    [Theory]
    [InlineData("shop.example")]
    [InlineData("https://shop.example/page")]
    [InlineData("https://shop.example?x")]
    [InlineData("https://user@shop.example")]
    [InlineData("https://*.example")]
    [InlineData("file:///")]
    [InlineData("null")]
    [InlineData("*")]
    [InlineData("")]
    public void An_origin_is_scheme_and_host(string origin) =>
        Should.Throw<CatalogException>(() => new TokenRestrictions([], [], [origin], null).Checked("workspace")).Message.ShouldContain($"'{origin}'");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public void A_rate_has_a_range(int perMinute) =>
        Should.Throw<CatalogException>(() => new TokenRestrictions([], [], [], perMinute).Checked("workspace")).Message.ShouldContain($"{perMinute}");

    [Fact]
    public void A_list_has_an_end()
    {
        var tables = Enumerable.Range(0, 101).Select(n => $"t{n}").ToList();

        Should.Throw<CatalogException>(() => new TokenRestrictions(tables, [], [], null).Checked("workspace"));
    }
}
