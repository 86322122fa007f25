using ThanoSql.Storage;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class ObjectPathTests
{
    [Theory]
    [InlineData("diet/사과 파이+1.jpg", "workspace", "diet/사과 파이+1.jpg")]
    [InlineData("./diet/1.jpg", "workspace", "diet/1.jpg")]
    [InlineData("/home/jovyan/diet/1.jpg", "workspace", "diet/1.jpg")]
    [InlineData("s3://shop/diet/1.jpg", "shop", "diet/1.jpg")]
    [InlineData("S3://shop/a..b/...jpg", "shop", "a..b/...jpg")]
    public void The_paths_that_users_write_name_an_object(string text, string bucket, string key)
    {
        StorePath.Parse(text, "workspace").ShouldBe(new ObjectPath(bucket, key));
        StorePath.TryParse(text, "workspace", out var path).ShouldBeTrue();
        StorePath.Parse(StorePath.Format(path, "workspace"), "workspace").ShouldBe(path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("/home/jovyan/../../etc/passwd")]
    [InlineData("/home/jovyan//etc/passwd")]
    [InlineData("../other/1.jpg")]
    [InlineData("diet/../../other/1.jpg")]
    [InlineData("diet/./1.jpg")]
    [InlineData("diet//1.jpg")]
    [InlineData("diet/")]
    [InlineData("diet/1\0.jpg")]
    [InlineData("s3://shop")]
    [InlineData("s3:///1.jpg")]
    [InlineData("s3://../1.jpg")]
    [InlineData("s3://a..b/1.jpg")]
    [InlineData("s3://Shop/1.jpg")]
    [InlineData("s3://shop/../1.jpg")]
    public void Paths_that_lead_elsewhere_are_refused(string text)
    {
        Should.Throw<InvalidPathException>(() => StorePath.Parse(text, "workspace")).Message.ShouldNotBeEmpty();
        StorePath.TryParse(text, "workspace", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("", "workspace", "")]
    [InlineData("products/", "workspace", "products/")]
    [InlineData("./pro", "workspace", "pro")]
    [InlineData("s3://shop/", "shop", "")]
    [InlineData("s3://shop/a", "shop", "a")]
    [InlineData("\u1109\u1161", "workspace", "사")]
    public void The_beginning_of_keys_may_end_anywhere(string text, string bucket, string prefix) =>
        StorePath.ParsePrefix(text, "workspace").ShouldBe((bucket, prefix));

    [Theory]
    [InlineData("/products")]
    [InlineData("../x")]
    [InlineData("a//b")]
    [InlineData("a\0")]
    [InlineData("s3://Shop/a")]
    public void A_beginning_that_no_key_has_is_refused(string text) =>
        Should.Throw<InvalidPathException>(() => StorePath.ParsePrefix(text, "workspace"));

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Should.Throw<InvalidPathException>(() => new ObjectPath("shop", "a" + (char)0xD83D));

    [Fact]
    public void A_key_over_1024_bytes_is_refused() =>
        Should.Throw<InvalidPathException>(() => new ObjectPath("shop", new string('가', 342))).Message.ShouldContain("1024");

    [Fact]
    public void A_name_written_by_macOS_equals_the_same_name_written_by_Linux() =>
        new ObjectPath("shop", "\u1109\u1161\u1100\u116A.jpg").ShouldBe(new ObjectPath("shop", "사과.jpg"));

    [Fact]
    public void A_missing_path_is_no_path() => StorePath.TryParse(null, "workspace", out _).ShouldBeFalse();
}
