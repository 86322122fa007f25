using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Unit.Vision.Imaging;

public class PreprocessingTests
{
    [Fact]
    public void The_key_names_input_resize_and_colour() => new Preprocessing().Key.ShouldBe("224/256/rgb");

    [Theory]
    [InlineData(160, 256.0 / 224, ColorMode.Rgb)]
    [InlineData(192, 1.0, ColorMode.Gray)]
    [InlineData(512, 2.0, ColorMode.Rgb)]
    public void A_key_reads_back(int size, double ratio, ColorMode color)
    {
        var preprocessing = new Preprocessing(size, ratio, color);
        Preprocessing.Parse(preprocessing.Key).ShouldBe(preprocessing);
    }

    [Theory]
    [InlineData("")]
    [InlineData("224/256")]
    [InlineData("224/200/rgb")]
    [InlineData("9999/9999/rgb")]
    [InlineData("224/256/cmyk")]
    public void Other_texts_are_refused(string key) => Should.Throw<FormatException>(() => Preprocessing.Parse(key));

    [Theory]
    [InlineData(7)]
    [InlineData(1025)]
    public void The_input_size_has_a_range(int size) => Should.Throw<ArgumentOutOfRangeException>(() => new Preprocessing(size));
}
