using System.Text;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Unit.Vision.Imaging;

public class ThumbnailerTests
{
    [Theory]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.WebP)]
    public void A_thumbnail_is_in_the_asked_format(ImageFormat format) =>
        ImageSignature.Recognise(Thumbnailer.Make(TestPictures.GradientPng(), 32, format)).ShouldBe(format);

    [Fact]
    public void A_thumbnail_tells_nothing_that_stood_in_exif()
    {
        var jpeg = TestPictures.WithOrientation(TestPictures.GradientJpeg(), 6);
        Encoding.Latin1.GetString(jpeg).ShouldContain("Exif");
        Encoding.Latin1.GetString(Thumbnailer.Make(jpeg, 32)).ShouldNotContain("Exif");
    }

    [Fact]
    public void A_small_picture_is_not_enlarged()
    {
        var thumbnail = Thumbnailer.Make(TestPictures.GradientPng(20, 10), 300);
        Should.NotThrow(() => ImageDecoder.Decode(thumbnail, new Preprocessing(32), new ImageLimits(Pixels: 200)));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(2049)]
    public void The_width_has_a_range(int width) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Thumbnailer.Make(TestPictures.GradientPng(), width));
}
