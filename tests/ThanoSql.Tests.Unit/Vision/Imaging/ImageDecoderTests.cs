using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Unit.Vision.Imaging;

public class ImageDecoderTests
{
    private const int Side = 64;
    private static readonly Preprocessing Rgb = new(Side, resizeRatio: 1);
    private static readonly Preprocessing Gray = new(Side, resizeRatio: 1, ColorMode.Gray);

    [Fact]
    public void Values_are_normalised_by_the_imagenet_statistics()
    {
        var pixels = ImageDecoder.Decode(TestPictures.Png(80, 80, (_, _, c) => c == 0 ? 255 : 0), Rgb);
        pixels[0].ShouldBe((1 - 0.485f) / 0.229f, 1e-5f);
        pixels[Side * Side].ShouldBe((0 - 0.456f) / 0.224f, 1e-5f);
        pixels[^1].ShouldBe((0 - 0.406f) / 0.225f, 1e-5f);
    }

    [Fact]
    public void Rows_run_down_and_columns_to_the_right()
    {
        var pixels = ImageDecoder.Decode(TestPictures.GradientPng(64, 64), Rgb);
        Level(pixels, 0, row: 32, column: 63).ShouldBeGreaterThan(Level(pixels, 0, row: 32, column: 0) + 0.9f);
        Level(pixels, 1, row: 63, column: 32).ShouldBeGreaterThan(Level(pixels, 1, row: 0, column: 32) + 0.9f);
        Level(pixels, 1, row: 32, column: 0).ShouldBe(Level(pixels, 1, row: 32, column: 63), 0.01f);
    }

    // Where the stored picture's origin (dark corner) and its right end (red) lie once the picture is upright.
    [Theory]
    [InlineData(1, false, false, false)]
    [InlineData(2, false, true, false)]
    [InlineData(3, false, true, true)]
    [InlineData(4, false, false, true)]
    [InlineData(5, true, false, false)]
    [InlineData(6, true, true, false)]
    [InlineData(7, true, true, true)]
    [InlineData(8, true, false, true)]
    public void Exif_orientation_is_applied(byte orientation, bool transposed, bool originRight, bool originBottom)
    {
        var pixels = ImageDecoder.Decode(TestPictures.WithOrientation(TestPictures.GradientJpeg(64, 64), orientation), Rgb);
        int along = transposed ? 1 : 0;
        var left = Level(pixels, along, row: 32, column: 4);
        var right = Level(pixels, along, row: 32, column: 59);
        var top = Level(pixels, 1 - along, row: 4, column: 32);
        var bottom = Level(pixels, 1 - along, row: 59, column: 32);
        (left > right).ShouldBe(originRight);
        (top > bottom).ShouldBe(originBottom);
        Math.Abs(left - right).ShouldBeGreaterThan(0.7f);
        Math.Abs(top - bottom).ShouldBeGreaterThan(0.7f);
    }

    [Fact]
    public void The_central_square_is_taken_from_a_wide_picture_that_lies_on_its_side()
    {
        // upright it is 64 wide and 128 high: red, which grows along the stored width, grows downwards
        var jpeg = TestPictures.WithOrientation(TestPictures.GradientJpeg(128, 64), 6);
        var pixels = ImageDecoder.Decode(jpeg, Rgb);
        Level(pixels, 0, row: 1, column: 32).ShouldBe(0.25f, 0.03f);
        Level(pixels, 0, row: 62, column: 32).ShouldBe(0.75f, 0.03f);
    }

    [Theory]
    [InlineData(TestPictures.Rgba, 8)]
    [InlineData(TestPictures.Rgba, 16)]
    [InlineData(TestPictures.GrayAlpha, 8)]
    [InlineData(TestPictures.GrayAlpha, 16)]
    public void Transparency_becomes_white(byte colorType, byte depth)
    {
        var pixels = ImageDecoder.Decode(TestPictures.Png(80, 80, (_, _, _) => 0, colorType, depth), Rgb);
        Level(pixels, 0, 10, 10).ShouldBe(1f, 0.005f);
        Level(pixels, 2, 50, 50).ShouldBe(1f, 0.005f);
    }

    [Theory]
    [InlineData(TestPictures.Gray, 8, 128)]
    [InlineData(TestPictures.Gray, 16, 32896)]
    [InlineData(TestPictures.Rgb, 16, 32896)]
    [InlineData(TestPictures.Rgb, 8, 128)]
    public void Every_depth_and_colour_type_gives_the_same_gray(byte colorType, byte depth, int value)
    {
        var png = TestPictures.Png(80, 80, (_, _, _) => value, colorType, depth);
        foreach (var preprocessing in new[] { Rgb, Gray })
        {
            var pixels = ImageDecoder.Decode(png, preprocessing);
            for (int channel = 0; channel < 3; channel++)
                Level(pixels, channel, 20, 20).ShouldBe(128 / 255f, 0.006f);
        }
    }

    [Fact]
    public void Gray_is_the_same_luminance_in_all_planes()
    {
        var pixels = ImageDecoder.Decode(TestPictures.GradientPng(), Gray);
        for (int at = 5; at < Side; at += 13)
        {
            Level(pixels, 0, at, at).ShouldBe(Level(pixels, 1, at, at), 1e-4f);
            Level(pixels, 0, at, at).ShouldBe(Level(pixels, 2, at, at), 1e-4f);
        }
    }

    [Fact]
    public void A_webp_decodes_like_its_png()
    {
        var png = TestPictures.GradientPng(96, 96);
        var pixels = ImageDecoder.Decode(Thumbnailer.Make(png, 96, ImageFormat.WebP), Rgb);
        var expected = ImageDecoder.Decode(png, Rgb);
        Level(pixels, 0, 20, 40).ShouldBe(Level(expected, 0, 20, 40), 0.03f);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3000, 2)]
    [InlineData(2, 3000)]
    public void Extreme_shapes_decode_in_every_view(int width, int height)
    {
        var png = TestPictures.NoisePng(width, height);
        for (int view = 0; view < 4; view++)
            ImageDecoder.Decode(png, Rgb, [1, 2, 3], view).Length.ShouldBe(3 * Side * Side);
    }

    [Fact]
    public void An_augmented_view_is_the_same_each_time_and_differs_from_the_others()
    {
        var jpeg = TestPictures.NoiseJpeg();
        byte[] hash = [7, 7, 7];
        var views = Enumerable.Range(0, 4).Select(view => ImageDecoder.Decode(jpeg, Rgb, hash, view)).ToList();
        ImageDecoder.Decode(jpeg, Rgb, hash, 2).ShouldBe(views[2]);
        for (int view = 1; view < 4; view++)
            views[view].SequenceEqual(views[view - 1]).ShouldBeFalse();
    }

    [Fact]
    public void Decoding_on_many_threads_gives_what_one_thread_gives()
    {
        var jpeg = TestPictures.NoiseJpeg(200, 150);
        var expected = ImageDecoder.Decode(jpeg, Rgb);
        Parallel.For(0, 64, _ => ImageDecoder.Decode(jpeg, Rgb).ShouldBe(expected));
    }

    private static float Level(float[] pixels, int channel, int row, int column) =>
        pixels[channel * Side * Side + row * Side + column] * Preprocessing.StandardDeviation[channel] + Preprocessing.Mean[channel];
}
