using ThanoSql.Storage;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class StorePrefixTests
{
    [Theory]
    [InlineData("products/", "workspace", "products/", "products/")]
    [InlineData("./products/", "workspace", "products/", "products/")]
    [InlineData("/home/jovyan/products/", "workspace", "products/", "products/")]
    [InlineData("s3://workspace/products/", "workspace", "products/", "products/")]
    [InlineData("s3://shop/2026/과일/", "shop", "2026/과일/", "s3://shop/2026/과일/")]
    [InlineData("\u1100\u1161/", "workspace", "가/", "가/")]
    public void A_prefix_names_a_folder_of_a_bucket(string text, string bucket, string key, string shown)
    {
        var prefix = StorePrefix.Parse(text, "workspace");

        (prefix.Bucket, prefix.Key).ShouldBe((bucket, key));
        prefix.Format("workspace").ShouldBe(shown);
        StorePrefix.Parse(shown, "workspace").ShouldBe(prefix);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("./")]
    [InlineData("products")]
    [InlineData("../")]
    [InlineData("a/../")]
    [InlineData("a//")]
    [InlineData("a/./")]
    [InlineData("s3:/")]
    [InlineData("S3:/")]
    [InlineData("s3://")]
    [InlineData("s3://workspace/")]
    [InlineData("s3://Shop/a/")]
    [InlineData("a\0/")]
    public void Whatever_else_would_reach_further_is_refused(string text) =>
        Should.Throw<InvalidPathException>(() => StorePrefix.Parse(text, "workspace"));

    [Fact]
    public void Its_spellings_begin_every_path_that_it_covers_and_no_other()
    {
        var prefix = StorePrefix.Parse("과일/", "workspace");
        var spellings = prefix.Spellings("workspace").ToList();

        const string decomposed = "\u1100\u116a\u110b\u1175\u11af";
        foreach (var path in new[]
        {
            "과일/1.jpg", "./과일/1.jpg", "/home/jovyan/과일/1.jpg", "s3://workspace/과일/1.jpg", $"{decomposed}/1.jpg", $"./{decomposed}/1.jpg",
        })
        {
            spellings.ShouldContain(spelling => path.StartsWith(spelling, StringComparison.Ordinal), path);
            prefix.Covers(StorePath.Parse(path, "workspace")).ShouldBeTrue(path);
        }
        foreach (var path in new[] { "과일2/1.jpg", "채소/과일/1.jpg", "s3://shop/과일/1.jpg", "과일", "./../과일/1.jpg" })
            spellings.ShouldNotContain(spelling => path.StartsWith(spelling, StringComparison.Ordinal), path);
        prefix.Covers(new ObjectPath("shop", "과일/1.jpg")).ShouldBeFalse();
    }
}
