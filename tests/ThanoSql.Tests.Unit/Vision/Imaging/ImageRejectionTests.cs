using System.Text;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Unit.Vision.Imaging;

public class ImageRejectionTests
{
    private static readonly Preprocessing Small = new(64);

    [Fact]
    public void An_empty_file_is_rejected() => Reason([]).ShouldBe("empty");

    [Fact]
    public void A_text_file_is_rejected() => Reason(Encoding.UTF8.GetBytes("이것은 그림이 아닙니다")).ShouldBe("not_an_image");

    [Fact]
    public void An_svg_is_rejected_whatever_its_name_says() =>
        Reason("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"/>"u8.ToArray()).ShouldBe(
            "unsupported_format");

    [Fact]
    public void A_gif_without_a_frame_is_rejected() => Reason("GIF89a\u0001\0\u0001\0\0\0\0;"u8.ToArray()).ShouldBe("corrupt");

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    [InlineData(0.999)]
    public void A_truncated_jpeg_is_rejected(double part) => Reason(Cut(TestPictures.NoiseJpeg(), part)).ShouldBe("truncated");

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void A_truncated_png_is_rejected(double part) => Reason(Cut(TestPictures.NoisePng(), part)).ShouldBe("truncated");

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.9)]
    public void A_truncated_webp_is_rejected(double part) =>
        Reason(Cut(Thumbnailer.Make(TestPictures.NoisePng(), 96, ImageFormat.WebP), part)).ShouldBe("truncated");

    [Fact]
    public void A_header_that_asks_for_too_many_pixels_is_rejected_without_decoding() =>
        Reason(TestPictures.Bomb(60_000, 60_000)).ShouldBe("too_many_pixels");

    [Fact]
    public void The_pixel_limit_can_be_set()
    {
        var png = TestPictures.GradientPng(40, 40);
        Should.Throw<ImageRejectedException>(() => ImageDecoder.Decode(png, Small, new ImageLimits(Pixels: 1599))).Code.ShouldBe("too_many_pixels");
        ImageDecoder.Decode(png, Small, new ImageLimits(Pixels: 1600)).Length.ShouldBe(3 * 64 * 64);
    }

    [Fact]
    public void A_png_with_damaged_rows_is_rejected()
    {
        var png = TestPictures.NoisePng();
        png.AsSpan(png.Length / 2, 200).Clear();
        Reason(png).ShouldBe("corrupt");
    }

    [Fact]
    public void A_jpeg_that_lacks_rows_is_rejected() => Reason([.. Cut(TestPictures.NoiseJpeg(), 0.7), 0xFF, 0xD9]).ShouldBe("corrupt");

    [Fact]
    public void A_file_that_is_only_a_signature_is_rejected() => Reason([0xFF, 0xD8, 0xFF, 0xE0]).ShouldBe("truncated");

    [Fact]
    public void A_rejected_picture_makes_no_thumbnail_either() =>
        Should.Throw<ImageRejectedException>(() => Thumbnailer.Make(Cut(TestPictures.NoiseJpeg(), 0.7), 64)).Code.ShouldBe("truncated");

    private static string Reason(byte[] bytes) => Should.Throw<ImageRejectedException>(() => ImageDecoder.Decode(bytes, Small)).Code;

    private static byte[] Cut(byte[] bytes, double part) => bytes[..(int)(bytes.Length * part)];
}
