using NetVips;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Fuzz.Files;

/// <summary>Gate, decoder and thumbnails.</summary>
internal sealed class PictureTarget : FileTarget
{
    // A picture whose header asks for a million pixels is decoded in some milliseconds; the gate's own limit is a setting.
    private static readonly ImageLimits Limits = new(Pixels: 1_000_000);

    private readonly Preprocessing _preprocessing = new(32);
    private readonly Func<IReadOnlyList<byte[]>> _seeds;
    private int _turn;

    public PictureTarget(Func<IReadOnlyList<byte[]>> seeds)
    {
        Libvips.EnsureStarted(); // as the product starts it, before the seeds use it
        _seeds = seeds;
    }

    public override bool IsDocumented(Exception exception) => exception is ImageRejectedException;

    protected override IReadOnlyList<byte[]> Seeds() => _seeds();

    protected override void Read(byte[] file)
    {
        var tensor = ImageDecoder.Decode(file, _preprocessing, [1, 2, 3, 4, 5, 6, 7, 8], _turn++ % 4 == 0 ? 1 : 0, Limits);
        if (tensor.Length != _preprocessing.TensorLength || !tensor.All(float.IsFinite))
            throw new FindingException($"The decoder gave {tensor.Length} values, or one that is not finite.");
        if (_turn % 4 == 1)
            Thumbnailer.Make(file, 32, _turn % 8 == 1 ? ImageFormat.WebP : ImageFormat.Jpeg, Limits);
    }
}

/// <summary>Small pictures of each format: colour and gray, with and without alpha, palettes, scans, orientations.</summary>
internal static class PictureSeeds
{
    public static IReadOnlyList<byte[]> Png() =>
    [
        TestPictures.GradientPng(40, 30),
        TestPictures.NoisePng(24, 24),
        TestPictures.Png(20, 20, (x, y, _) => x * y, TestPictures.Gray),
        TestPictures.Png(20, 20, (x, y, c) => x * y * c, TestPictures.GrayAlpha),
        TestPictures.Png(20, 20, (x, y, c) => x * y + c, TestPictures.Rgba),
        TestPictures.Png(20, 20, (x, y, c) => 300 * x * y + c, TestPictures.Rgb, depth: 16),
        Saved(image => image.PngsaveBuffer(palette: true)),
        Saved(image => image.PngsaveBuffer(interlace: true)),
    ];

    public static IReadOnlyList<byte[]> Jpeg() =>
    [
        TestPictures.GradientJpeg(48, 32),
        TestPictures.NoiseJpeg(32, 32),
        TestPictures.WithOrientation(TestPictures.GradientJpeg(32, 24), 6),
        Saved(image => image.JpegsaveBuffer(interlace: true)),
        Saved(image => image.JpegsaveBuffer(restartInterval: 2, subsampleMode: Enums.ForeignSubsample.Off)),
        Saved(image => image.Colourspace(Enums.Interpretation.Bw).JpegsaveBuffer()),
    ];

    public static IReadOnlyList<byte[]> WebP() =>
    [
        Thumbnailer.Make(TestPictures.GradientPng(48, 32), 48, ImageFormat.WebP),
        Saved(image => image.WebpsaveBuffer(lossless: true)),
        Saved(image => image.WebpsaveBuffer(q: 10)),
        Saved(image => image.Bandjoin(200).WebpsaveBuffer(q: 50)),
        Saved(image => image.Bandjoin(200).WebpsaveBuffer(lossless: true)),
    ];

    public static IReadOnlyList<byte[]> Others() =>
    [
        Saved(image => image.GifsaveBuffer()),
        Saved(image => image.TiffsaveBuffer()),
        Saved(image => image.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw)),
        Saved(image => image.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Jpeg)),
        Saved(image => image.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate, tile: true)),
        Saved(image => image.Colourspace(Enums.Interpretation.Cmyk).TiffsaveBuffer()),
        Saved(image => image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1)),
        Bitmap(24),
        Bitmap(32),
    ];

    private static byte[] Bitmap(byte bits)
    {
        var bmp = new byte[54 + 16 * 16 * bits / 8];
        byte[] header = [(byte)'B', (byte)'M', 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 1, 0, bits];
        header.CopyTo(bmp, 0);
        return bmp;
    }

    private static byte[] Saved(Func<Image, byte[]> save)
    {
        using var image = Image.NewFromBuffer(TestPictures.GradientPng(40, 30));
        return save(image);
    }
}
