using System.Buffers.Binary;
using NetVips;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Unit.Vision.Imaging;

/// <summary>Files that a browser shows although they are not as they should be.</summary>
public sealed class OddFileTests
{
    private const int Side = 64;
    private static readonly Preprocessing Small = new(Side, resizeRatio: 1);

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, 63)]
    [InlineData(1, 63, 0)]
    public void A_sequential_jpeg_with_scan_parameters_of_a_progressive_one_is_read(byte first, byte last, byte approximation)
    {
        var jpeg = TestPictures.NoiseJpeg();
        var scan = Find(jpeg, 0xDA);
        var at = scan + 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(scan + 2)) - 3;
        byte[] odd = [.. jpeg];
        (odd[at], odd[at + 1], odd[at + 2]) = (first, last, approximation);
        ShouldBeTheSame(odd, jpeg);
    }

    [Fact]
    public void A_jpeg_without_end_is_read() => ShouldBeTheSame(TestPictures.NoiseJpeg()[..^2], TestPictures.NoiseJpeg());

    [Fact]
    public void A_progressive_jpeg_without_end_is_read() => ShouldBeTheSame(Progressive()[..^2], Progressive());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_between_segments_are_passed_over(bool progressive)
    {
        var jpeg = progressive ? Progressive() : TestPictures.NoiseJpeg();
        var tables = Find(jpeg, 0xC4);
        ShouldBeTheSame([.. jpeg[..tables], 1, 2, 3, 0xFF, 0, .. jpeg[tables..]], jpeg);
    }

    [Fact]
    public void Bytes_behind_the_scan_are_passed_over() =>
        ShouldBeTheSame([.. TestPictures.NoiseJpeg()[..^2], 0, 0, 7, 0xFF, 0, 9, 0xFF, 0xD9], TestPictures.NoiseJpeg());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Zeros_that_fill_the_end_are_passed_over(bool progressive)
    {
        var jpeg = progressive ? Progressive() : TestPictures.NoiseJpeg();
        ShouldBeTheSame([.. jpeg[..^2], .. new byte[100], 0xFF, 0xD9], jpeg);
        ShouldBeTheSame([.. jpeg[..^2], .. new byte[100]], jpeg);
        ShouldBeTheSame([.. jpeg, .. new byte[100]], jpeg);
    }

    [Theory]
    [InlineData(Enums.ForeignSubsample.Off, 0)]
    [InlineData(Enums.ForeignSubsample.On, 0)]
    [InlineData(Enums.ForeignSubsample.On, 3)]
    public void A_jpeg_whose_last_rows_are_missing_is_read_where_nine_tenths_are_there(Enums.ForeignSubsample subsample, int restart)
    {
        using var image = Image.NewFromBuffer(TestPictures.NoisePng(96, 320));
        var jpeg = image.JpegsaveBuffer(subsampleMode: subsample, restartInterval: restart);

        var file = new PictureFile(jpeg[..(int)(jpeg.Length * 0.96)], ImageLimits.Default);
        file.Width.ShouldBe(96);
        file.Height.ShouldBeInRange(290, 312);
        file.Damage.ShouldBe($"the last {320 - file.Height} of its 320 rows are missing");
        ImageDecoder.Decode(jpeg[..(int)(jpeg.Length * 0.96)], Small);

        Code(jpeg[..(int)(jpeg.Length * 0.8)]).ShouldBe("truncated");
        Code(jpeg[..(int)(jpeg.Length * 0.96)], new ImageLimits(Rows: 1)).ShouldBe("truncated");
    }

    [Fact]
    public void What_is_missing_of_a_jpeg_does_not_show()
    {
        // Grey at the bottom, as decoders fill missing rows, would darken a white picture
        var jpeg = Saved(TestPictures.Png(64, 640, (x, y, _) => 255 - (x * y & 1)), image => image.JpegsaveBuffer(q: 100));
        var cut = jpeg[..(int)(jpeg.Length * 0.95)];
        new PictureFile(cut, ImageLimits.Default).Damage.ShouldNotBeNull();
        var whole = ImageDecoder.Decode(jpeg, Small);
        ImageDecoder.Decode(cut, Small).Zip(whole).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThan(0.05f);
    }

    [Fact]
    public void A_jpeg_that_lies_on_its_side_lacks_columns_when_rows_are_missing()
    {
        var jpeg = TestPictures.WithOrientation(TestPictures.NoiseJpeg(96, 320), 6);
        var file = new PictureFile(jpeg[..(int)(jpeg.Length * 0.96)], ImageLimits.Default);
        file.Height.ShouldBe(96);
        file.Width.ShouldBeInRange(290, 312);
        Thumbnailer.Make(jpeg[..(int)(jpeg.Length * 0.96)], 64).Length.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void A_progressive_jpeg_is_read_where_the_first_scan_of_every_component_is_whole()
    {
        var jpeg = Progressive();
        var file = Decoded(jpeg[..(int)(jpeg.Length * 0.7)]);
        (file.Width, file.Height).ShouldBe((96, 64));
        file.Damage.ShouldBe("the last scans of the JPEG are missing, it is coarser than it was");

        var firstScan = Find(jpeg, 0xDA);
        Code(jpeg[..(firstScan + 40)]).ShouldBe("truncated");
    }

    [Fact]
    public void A_png_with_a_wrong_checksum_in_a_chunk_that_no_pixel_needs_is_read()
    {
        var png = TestPictures.NoisePng();
        byte[] text = [0, 0, 0, 4, .. "tEXt"u8, .. "a\0bc"u8, 1, 2, 3, 4];
        ShouldBeTheSame([.. png[..33], .. text, .. png[33..]], png);
    }

    [Fact]
    public void A_png_without_end_is_read() => ShouldBeTheSame(TestPictures.NoisePng()[..^12], TestPictures.NoisePng());

    [Fact]
    public void A_png_with_a_wrong_checksum_in_its_header_is_refused()
    {
        var png = TestPictures.NoisePng();
        png[30] ^= 1;
        Code(png).ShouldBe("corrupt");
    }

    [Theory]
    [InlineData(-1000)]
    [InlineData(-2)]
    [InlineData(2)]
    [InlineData(100_000)]
    public void A_webp_that_says_a_wrong_length_is_read(int by)
    {
        var webP = Thumbnailer.Make(TestPictures.NoisePng(), 96, ImageFormat.WebP);
        byte[] odd = [.. webP];
        BinaryPrimitives.WriteInt32LittleEndian(odd.AsSpan(4), BinaryPrimitives.ReadInt32LittleEndian(webP.AsSpan(4)) + by);
        ShouldBeTheSame(odd, webP);
    }

    [Fact]
    public void A_gif_gives_its_first_frame()
    {
        var frames = new[] { TestPictures.GradientPng(64, 64), TestPictures.NoisePng(64, 64) }.Select(png => Image.NewFromBuffer(png)).ToArray();
        using var strip = Image.Arrayjoin(frames, across: 1).Mutate(m => m.Set(GValue.GIntType, "page-height", 64));
        ShouldBeLike(strip.GifsaveBuffer(), TestPictures.GradientPng(64, 64), 0.1f);
        ShouldBeLike(strip.WebpsaveBuffer(lossless: true), TestPictures.GradientPng(64, 64), 0.02f);
    }

    [Theory]
    [InlineData(Enums.ForeignTiffCompression.None)]
    [InlineData(Enums.ForeignTiffCompression.Lzw)]
    [InlineData(Enums.ForeignTiffCompression.Deflate)]
    [InlineData(Enums.ForeignTiffCompression.Jpeg)]
    public void A_tiff_is_read(Enums.ForeignTiffCompression compression) =>
        ShouldBeLike(Saved(TestPictures.GradientPng(64, 64), i => i.TiffsaveBuffer(compression)), TestPictures.GradientPng(64, 64), 0.05f);

    [Fact]
    public void A_tiff_of_sixteen_bits_is_read()
    {
        var png = TestPictures.Png(64, 64, (x, y, c) => 257 * (c == 0 ? 4 * x : 4 * y), depth: 16);
        ShouldBeLike(Saved(png, i => i.TiffsaveBuffer()), png, 0.01f);
    }

    [Fact]
    public void A_tiff_of_inks_is_read()
    {
        var pixels = ImageDecoder.Decode(
            Saved(TestPictures.Png(64, 64, (_, _, c) => c == 0 ? 255 : 0), i => i.Colourspace(Enums.Interpretation.Cmyk).TiffsaveBuffer()), Small);
        pixels[0].ShouldBeGreaterThan(1);
        pixels[Side * Side].ShouldBeLessThan(0);
    }

    [Fact]
    public void A_tiff_gives_its_first_page()
    {
        var pages = new[] { TestPictures.GradientPng(64, 64), TestPictures.NoisePng(64, 64) }.Select(png => Image.NewFromBuffer(png)).ToArray();
        using var strip = Image.Arrayjoin(pages, across: 1).Mutate(m => m.Set(GValue.GIntType, "page-height", 64));
        ShouldBeLike(strip.TiffsaveBuffer(), TestPictures.GradientPng(64, 64), 0.02f);
    }

    [Fact]
    public void An_avif_is_read() =>
        ShouldBeLike(
            Saved(TestPictures.GradientPng(64, 64), i => i.HeifsaveBuffer(q: 90, compression: Enums.ForeignHeifCompression.Av1)),
            TestPictures.GradientPng(64, 64), 0.06f);

    [Theory]
    [InlineData(8, false)]
    [InlineData(24, false)]
    [InlineData(24, true)]
    [InlineData(32, false)]
    [InlineData(32, true)]
    public void A_bmp_is_read(int bits, bool topDown) =>
        ShouldBeLike(Bmp(64, 64, bits, topDown), TestPictures.GradientPng(64, 64), bits == 8 ? 0.2f : 0.001f);

    [Fact]
    public void A_bmp_that_is_cut_or_asks_for_too_much_or_is_packed_is_refused()
    {
        Code(Bmp(64, 64, 24, false)[..^1]).ShouldBe("truncated");
        Code(Bmp(64, 64, 24, false), new ImageLimits(Pixels: 4095)).ShouldBe("too_many_pixels");
        var packed = Bmp(64, 64, 8, false);
        packed[30] = 1;
        Code(packed).ShouldBe("unsupported_format");
        var huge = Bmp(64, 64, 24, false);
        BinaryPrimitives.WriteInt32LittleEndian(huge.AsSpan(18), int.MaxValue);
        Code(huge).ShouldBe("too_many_pixels");
    }

    // As browsers: Chromium and Firefox show no picture that begins with anything but its signature
    [Theory]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF })]
    [InlineData(new byte[] { 10 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    public void Bytes_before_the_picture_are_named(byte[] lead)
    {
        foreach (var picture in new[] { TestPictures.GradientJpeg(), TestPictures.GradientPng() })
        {
            var refused = Should.Throw<ImageRejectedException>(() => ImageDecoder.Decode([.. lead, .. picture], Small));
            refused.Code.ShouldBe("not_an_image");
            refused.Message.ShouldStartWith($"{lead.Length} byte(s) stand before the picture");
        }
    }

    [Theory]
    [InlineData("heic", "HEIC's content")]
    [InlineData("mp42", "HEIF or video")]
    public void Formats_of_the_same_box_are_told_apart(string brand, string named) =>
        Refusal([0, 0, 0, 16, .. "ftyp"u8, .. System.Text.Encoding.ASCII.GetBytes(brand), 0, 0, 0, 0]).ShouldContain(named);

    [Fact]
    public void A_jpeg_xl_and_a_jpeg_2000_are_named()
    {
        Refusal([0xFF, 0x0A, 1, 2, 3]).ShouldContain("JPEG XL");
        Refusal([0, 0, 0, 12, .. "JXL \r\n"u8, 0x87, 0x0A]).ShouldContain("JPEG XL");
        Refusal([0, 0, 0, 12, .. "jP  \r\n"u8, 0x87, 0x0A]).ShouldContain("JPEG 2000");
    }

    private static byte[] Progressive() => Saved(TestPictures.NoisePng(), image => image.JpegsaveBuffer(interlace: true));

    private static byte[] Saved(byte[] png, Func<Image, byte[]> save)
    {
        Libvips.EnsureStarted();
        using var image = Image.NewFromBuffer(png);
        return save(image);
    }

    private static int Find(byte[] jpeg, byte marker) => jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, marker]);

    private static PictureFile Decoded(byte[] bytes)
    {
        var file = new PictureFile(bytes, ImageLimits.Default);
        while (true)
        {
            try
            {
                using var read = file.Resized(Side, Side, Enums.Size.Force);
                read.WriteToMemory<byte>();
                return file;
            }
            catch (VipsException e)
            {
                file.Mend(e);
            }
        }
    }

    private static void ShouldBeTheSame(byte[] odd, byte[] sound)
    {
        ImageDecoder.Decode(odd, Small).ShouldBe(ImageDecoder.Decode(sound, Small));
        Decoded(odd).Damage.ShouldBeNull();
        Thumbnailer.Make(odd, 32).ShouldBe(Thumbnailer.Make(sound, 32));
    }

    private static void ShouldBeLike(byte[] odd, byte[] sound, float within) =>
        ImageDecoder.Decode(odd, Small).Zip(ImageDecoder.Decode(sound, Small)).Average(pair => Math.Abs(pair.First - pair.Second))
            .ShouldBeLessThan(within);

    private static string Refusal(byte[] bytes) => Should.Throw<ImageRejectedException>(() => ImageDecoder.Decode(bytes, Small)).Message;

    private static string Code(byte[] bytes, ImageLimits? limits = null) =>
        Should.Throw<ImageRejectedException>(() => ImageDecoder.Decode(bytes, Small, limits)).Code;

    /// <summary>The gradient of <see cref="TestPictures.GradientPng"/>; of 8 bits in 6 levels of red and of green.</summary>
    private static byte[] Bmp(int width, int height, int bits, bool topDown)
    {
        var palette = bits == 8 ? 36 : 0;
        var stride = (width * bits + 31) / 32 * 4;
        var offset = 54 + 4 * palette;
        var bmp = new byte[offset + stride * height];
        "BM"u8.CopyTo(bmp);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(10), offset);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), topDown ? -height : height);
        bmp[26] = 1;
        bmp[28] = (byte)bits;
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(46), palette);
        for (var i = 0; i < palette; i++)
            ((byte[])[64, (byte)(51 * (i / 6)), (byte)(51 * (i % 6)), 0]).CopyTo(bmp, 54 + 4 * i);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                int red = 255 * x / (width - 1), green = 255 * y / (height - 1);
                var at = offset + stride * (topDown ? y : height - 1 - y) + x * bits / 8;
                if (bits == 8)
                    bmp[at] = (byte)((red + 25) / 51 + 6 * ((green + 25) / 51));
                else
                    ((byte[])[64, (byte)green, (byte)red]).CopyTo(bmp, at);
            }
        }
        return bmp;
    }
}
