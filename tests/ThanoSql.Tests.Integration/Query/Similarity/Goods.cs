using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Integration.Query.Similarity;

/// <summary>Pictures as shops have them: some things, each also compressed again, smaller and cropped.</summary>
internal static class Goods
{
    public const int Side = 160;

    public static readonly string[] Things = ["disc", "stripes", "checks", "fog", "grain"];

    /// <summary>A thing on its ground, seen from so many pixels further to the right and below.</summary>
    public static byte[] Of(string thing, int shift = 0) => TestPictures.Png(Side - shift, Side - shift, (x, y, channel) =>
    {
        var (across, down) = (x + shift, y + shift);
        return thing switch
        {
            "disc" => Square(across - 80) + Square(down - 80) < 55 * 55 ? Pick(channel, 200, 30, 40) : 245,
            "stripes" => across / 10 % 2 == 0 ? Pick(channel, 20, 60, 200) : Pick(channel, 230, 220, 40),
            "checks" => (across / 20 + down / 20) % 2 == 0 ? Pick(channel, 10, 120, 40) : 10,
            "fog" => Pick(channel, across + 60, down + 60, 90),
            _ => new Random(across * 1000 + down).Next(256),
        };
    });

    public static byte[] CompressedAgain(string thing) => Thumbnailer.Make(Of(thing), Side);

    public static byte[] Smaller(string thing) => Thumbnailer.Make(Of(thing), Side / 2);

    public static byte[] Cropped(string thing) => Of(thing, 8);

    private static int Square(int number) => number * number;

    private static int Pick(int channel, int red, int green, int blue) => channel switch { 0 => red, 1 => green, _ => blue };
}
