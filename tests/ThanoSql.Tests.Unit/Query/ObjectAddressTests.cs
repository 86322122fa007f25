using ThanoSql.Planning;
using ThanoSql.Query.Http;

namespace ThanoSql.Tests.Unit.Query;

/// <summary>An address is decoded once and wholly, or refused: one key has one address.</summary>
public sealed class ObjectAddressTests
{
    [Theory]
    [InlineData("/api/v1/images/products/a.jpeg", "products/a.jpeg")]
    [InlineData("/api/v1/images/products%2Fa.jpeg", "products/a.jpeg")]
    [InlineData("/api/v1/images/products%2fa.jpeg?wait=5s", "products/a.jpeg")]
    [InlineData("/api/v1/images/products%252Fa.jpeg", "products%2Fa.jpeg")]
    [InlineData("/api/v1/images/%EA%B3%BC%EC%9D%BC/1%2B1%20+%25.jpg", "과일/1+1 +%.jpg")]
    [InlineData("/api/v1/images/s3%3A%2F%2Fshop%2Fa.jpeg", "s3://shop/a.jpeg")]
    [InlineData("/api/v1/images/a/label", "a/label")]
    [InlineData("/API/v1/Images/A.jpeg", "A.jpeg")]
    [InlineData("/api/v1/images/", "")]
    [InlineData("/api/v1/images", "")]
    [InlineData("/index/api/v1/images/a.jpeg", "a.jpeg")]
    [InlineData("http://shop.example/api/v1/images/a.jpeg", "a.jpeg")]
    [InlineData("/api/v1/images/a//b/../c", "a//b/../c")] // refused where it becomes a path
    public void The_path_is_what_the_client_means(string target, string expected) => Read(target).ShouldBe(expected);

    [Theory]
    [InlineData("/api/v1/images/%B0%FA%C0%CF.jpg", "not UTF-8")] // EUC-KR
    [InlineData("/api/v1/images/%ED%A0%80.jpg", "not UTF-8")]
    [InlineData("/api/v1/images/%C0%AE%C0%AE/a.jpg", "not UTF-8")]
    [InlineData("/api/v1/images/100%.jpg", "two hexadecimal digits")]
    [InlineData("/api/v1/images/a%", "two hexadecimal digits")]
    [InlineData("/api/v1/images/a%2", "two hexadecimal digits")]
    [InlineData("/api/v1/images/%zz", "two hexadecimal digits")]
    [InlineData("/api/v1/images/%+1", "two hexadecimal digits")]
    [InlineData("/api/v1/labels/../images/a.jpeg", "detour")]
    [InlineData("/./api/v1/images/a.jpeg", "detour")]
    [InlineData("*", "detour")]
    public void What_has_no_meaning_is_refused(string target, string reason)
    {
        var refused = Should.Throw<QueryException>(() => Read(target));

        refused.Code.ShouldBe(ErrorCode.BadRequest);
        refused.Message.ShouldContain(reason);
    }

    private static string Read(string target) => ObjectAddress.Read(target, "/index", "/api/v1/images/");
}
