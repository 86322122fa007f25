using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Imaging.Heif;

namespace ThanoSql.Tests.Unit.Vision.Imaging;

public sealed class HeicTests(HeicTests.Pictures pictures) : IClassFixture<HeicTests.Pictures>
{
    private static readonly Preprocessing Small = new(32);

    private readonly byte[] _heic = pictures.Gradient;

    [Fact]
    public void A_HEIC_is_read()
    {
        var expected = ImageDecoder.Decode(TestPictures.GradientPng(64, 48), Small);
        var read = ImageDecoder.Decode(_heic, Small);

        read.Zip(expected, (a, b) => MathF.Abs(a - b)).Average().ShouldBeLessThan(0.06f);
    }

    [Fact]
    public void Its_thumbnail_is_made()
    {
        var thumbnail = Thumbnailer.Make(_heic, 32);

        ImageSignature.Recognise(thumbnail).ShouldBe(ImageFormat.Jpeg);
        var file = new PictureFile(thumbnail, ImageLimits.Default);
        (file.Width, file.Height).ShouldBe((32, 24));
    }

    [Fact]
    public void One_of_more_pixels_than_may_be_is_refused_before_it_is_decoded() =>
        Refused(_heic, new ImageLimits(Pixels: 3071)).Code.ShouldBe("too_many_pixels");

    [Fact]
    public void One_that_is_cut_or_no_picture_is_refused_in_words()
    {
        foreach (var file in new[] { _heic[..^200], _heic[..100], [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8, .. new byte[200]] })
        {
            var refused = Refused(file);
            refused.Code.ShouldBe("corrupt");
            refused.Message.ShouldStartWith("The HEIC's content is damaged (");
        }
    }

    [Fact]
    public void One_with_a_byte_changed_is_read_or_refused()
    {
        var random = new Random(19);
        for (var i = 0; i < 6; i++)
        {
            var file = (byte[])_heic.Clone();
            file[random.Next(12, file.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                ImageDecoder.Decode(file, Small).ShouldAllBe(v => float.IsFinite(v));
            }
            catch (ImageRejectedException refused)
            {
                refused.Message.ShouldNotBeEmpty();
            }
        }
    }

    [Fact]
    public void A_decoder_that_takes_too_long_is_ended() =>
        Refused(_heic, new ImageLimits { Heif = new HeifLimits(Seconds: 0) }).Message.ShouldContain("took more than 0 s");

    [Fact]
    public void A_decoder_that_takes_too_much_memory_gets_none()
    {
        var large = ImageLimits.Default with { Heif = new HeifLimits(Megabytes: 16) };

        Refused(pictures.Large, large).Code.ShouldBe("corrupt");
        ImageDecoder.Decode(pictures.Large, Small).Length.ShouldBe(Small.TensorLength);
    }

    [Fact]
    public void Where_HEIC_is_not_read_the_message_says_what_to_do()
    {
        Refused(_heic, new ImageLimits { Heif = new HeifLimits(HeifMode.Off) }).Message.ShouldContain("Vision:Heif=off");

        var missing = Should.Throw<ImageRejectedException>(() => HeifDecoder.Understand([(byte)HeifAnswer.Missing], ImageLimits.Default));
        missing.Code.ShouldBe("unsupported_format");
        missing.Message.ShouldContain("install libheif1");
    }

    private static ImageRejectedException Refused(byte[] file, ImageLimits? limits = null) =>
        Should.Throw<ImageRejectedException>(() => ImageDecoder.Decode(file, Small, limits));

    /// <summary>Made once.</summary>
    public sealed class Pictures
    {
        public byte[] Gradient { get; } = TestHeic.Of(TestPictures.GradientPng(64, 48));

        public byte[] Large { get; } = TestHeic.Of(TestPictures.Png(2400, 2400, (_, _, c) => 80 * c, TestPictures.Rgb), "-p", "preset=ultrafast");
    }
}
