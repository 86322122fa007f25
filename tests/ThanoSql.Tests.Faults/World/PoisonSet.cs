using System.Text;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults.World;

/// <summary>Files that have hurt image pipelines before, made from nothing.</summary>
internal static class PoisonSet
{
    private const int Side = 64;

    /// <summary>Unusual, but pictures.</summary>
    public static IReadOnlyDictionary<string, byte[]> Good { get; } = new Dictionary<string, byte[]>
    {
        ["16-bit.png"] = TestPictures.Png(Side, Side, (x, y, c) => 257 * ((x * (c + 2)) + y & 255), depth: 16),
        ["grey.png"] = TestPictures.Png(Side, Side, (x, y, _) => 3 * (x + y) & 255, TestPictures.Gray),
        ["grey with alpha.png"] = TestPictures.Png(Side, Side, (x, y, c) => c == 0 ? 2 * (x + y) & 255 : 4 * x, TestPictures.GrayAlpha),
        ["rgba.png"] = TestPictures.Png(Side, Side, (x, y, c) => (5 * x) + (c * y) & 255, TestPictures.Rgba),
        ["rotated.jpg"] = TestPictures.WithOrientation(TestPictures.GradientJpeg(), 6),
        ["cmyk.jpg"] = CmykJpeg(),
        ["animated.gif"] = AnimatedGif(),
    };

    /// <summary>With the reason that they must be refused for.</summary>
    public static IReadOnlyDictionary<string, (byte[] File, string Reason)> Bad { get; } = new Dictionary<string, (byte[], string)>
    {
        ["empty.jpg"] = ([], "empty"),
        ["page.jpg"] = (Encoding.UTF8.GetBytes("<!DOCTYPE html><html><body>404</body></html>"), "not_an_image"),
        ["truncated.jpg"] = (TestPictures.NoiseJpeg()[..^900], "truncated"),
        ["truncated.png"] = (TestPictures.NoisePng()[..^900], "truncated"),
        ["bomb.png"] = (TestPictures.Bomb(100_000, 100_000), "too_many_pixels"),
        ["small bomb.png"] = (TestPictures.Bomb(20_000, 20_000), "too_many_pixels"),
        ["phone.heic"] = ([0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8, .. new byte[200]], "corrupt"),
        ["drawing.jpg"] = (
            Encoding.UTF8.GetBytes("<svg xmlns='http://www.w3.org/2000/svg' width='30000' height='30000'><rect width='9' height='9'/></svg>"),
            "unsupported_format"),
    };

    // Four components, flat blocks: a baseline JPEG with two Huffman codes.
    private static byte[] CmykJpeg()
    {
        byte[] quantization = [0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)16, 64)];
        byte[] frame = [0xFF, 0xC0, 0, 20, 8, 0, Side, 0, Side, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0];
        byte[] scan = [0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0];
        // Each block is 00: no change of its mean, and its end
        var blocks = new byte[Side * Side / 64 * 4 * 2 / 8];
        return [0xFF, 0xD8, .. quantization, .. frame, .. Huffman(0x00), .. Huffman(0x10), .. scan, .. blocks, 0xFF, 0xD9];
    }

    // One code, '0', for the symbol 0.
    private static byte[] Huffman(byte table) => [0xFF, 0xC4, 0, 20, table, 1, .. new byte[15], 0];

    private static byte[] AnimatedGif()
    {
        byte[] header = [.. "GIF89a"u8, 2, 0, 2, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
        byte[] repeat = [0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0];
        byte[] image = [0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x44, 0x34, 0x05, 0];
        return [.. header, .. repeat, .. image, .. image, 0x3B];
    }
}
