namespace ThanoSql.Tests.Fixtures;

/// <summary>Small PNG files made on the spot.</summary>
public static class Picture
{
    private const int Side = 48;

    /// <summary>The same picture for the same number, another for another.</summary>
    public static byte[] Of(int number)
    {
        var random = new Random(number);
        var color = new[] { random.Next(256), random.Next(256), random.Next(256) };
        return TestPictures.Png(Side, Side, (x, y, channel) => color[channel] ^ ((x + y) % (2 + (number % 7)) == 0 ? 90 : 0));
    }
}
