namespace ThanoSql.Tests.Browser.Pictures;

/// <summary>A colour as people mix it.</summary>
/// <param name="Hue">Degrees.</param>
/// <param name="Saturation">Percent.</param>
/// <param name="Lightness">Percent.</param>
internal readonly record struct Hsl(float Hue, float Saturation, float Lightness)
{
    /// <summary>Red, green and blue, 0 to 1.</summary>
    public (float Red, float Green, float Blue) ToRgb()
    {
        var (hue, saturation, lightness) = (((Hue % 360) + 360) % 360, Saturation / 100, Lightness / 100);
        var span = saturation * MathF.Min(lightness, 1 - lightness);
        return (Channel(0), Channel(8), Channel(4));

        float Channel(int offset)
        {
            var place = (offset + hue / 30) % 12;
            return lightness - span * Math.Clamp(MathF.Min(place - 3, 9 - place), -1, 1);
        }
    }
}
