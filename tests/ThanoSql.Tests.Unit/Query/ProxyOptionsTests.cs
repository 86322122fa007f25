using System.ComponentModel.DataAnnotations;
using ThanoSql.Query.Access;

namespace ThanoSql.Tests.Unit.Query;

public sealed class ProxyOptionsTests
{
    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("proxy.example", false)]
    public void A_proxy_is_an_address_or_a_network(string proxy, bool valid) =>
        IsValid(new ProxyOptions { ForwardedFrom = { proxy } }).ShouldBe(valid);

    [Theory]
    [InlineData("", true)]
    [InlineData("/index", true)]
    [InlineData("/shop/index", true)]
    [InlineData("index", false)]
    [InlineData("/index/", false)]
    [InlineData("/", false)]
    [InlineData("/a b", false)]
    public void A_base_path_begins_with_a_slash_and_ends_without_one(string path, bool valid) =>
        IsValid(new ProxyOptions { BasePath = path }).ShouldBe(valid);

    private static bool IsValid(ProxyOptions options) =>
        Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true);
}
