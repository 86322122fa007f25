namespace ThanoSql.Tests.Browser.Pictures;

/// <summary>Distances from a point to a form's edge, negative inside; roughly, away from the edge.</summary>
internal static class Shape
{
    public static float Circle(float x, float y) => MathF.Sqrt(x * x + y * y) - 1;

    public static float Ellipse(float x, float y, float width, float height) =>
        (MathF.Sqrt(x / width * (x / width) + y / height * (y / height)) - 1) * MathF.Min(width, height);

    /// <summary>Where two circles overlap: pointed at the left and right, <paramref name="height"/> tall either way.</summary>
    public static float Lens(float x, float y, float height)
    {
        var radius = (1 + height * height) / (2 * height);
        var middle = radius - height;
        return MathF.Max(MathF.Sqrt(x * x + (y - middle) * (y - middle)), MathF.Sqrt(x * x + (y + middle) * (y + middle))) - radius;
    }

    /// <summary>A line from the first point to the second, as wide as it is told.</summary>
    public static float Stroke(float x, float y, (float X, float Y) from, (float X, float Y) to, float width)
    {
        var (alongX, alongY) = (to.X - from.X, to.Y - from.Y);
        var part = Math.Clamp(((x - from.X) * alongX + (y - from.Y) * alongY) / (alongX * alongX + alongY * alongY), 0, 1);
        var (offX, offY) = (x - from.X - part * alongX, y - from.Y - part * alongY);
        return MathF.Sqrt(offX * offX + offY * offY) - width;
    }

    /// <summary>Turned by an angle, in radians.</summary>
    public static (float X, float Y) Turned(float x, float y, float angle)
    {
        var (sin, cos) = MathF.SinCos(angle);
        return (cos * x + sin * y, cos * y - sin * x);
    }
}
