namespace ThanoSql.Tests.Browser.Pictures;

/// <summary>
/// Pictures of goods on a table, drawn by code: the forms and colours of a label, as many and where a number says. The same label and number give the
/// same picture.
/// </summary>
internal sealed class StillLife
{
    /// <summary>What there are pictures of.</summary>
    public static readonly string[] Labels = ["과일", "채소", "곡물", "생선", "견과", "버섯"];

    private const int Side = 320; // pixels

    private static readonly float[][] Hues =
    [
        [8, 28, 48, 95], [95, 110, 130, 80], [38, 42, 46, 34], [200, 210, 192, 218], [22, 26, 30, 20], [28, 34, 22, 38],
    ];

    private readonly Random _random;
    private readonly int _label;
    private readonly float _hue;
    private readonly float _ground;
    private readonly Canvas _canvas;

    private StillLife(string label, int number)
    {
        _label = Array.IndexOf(Labels, label);
        _random = new Random(7919 * number + _label);
        _hue = Hues[_label][_random.Next(4)];
        _ground = _hue + 180 + 60 * Any();
        _canvas = new Canvas(Side, new Hsl(_ground, 22, 84 + 8 * Any()), new Hsl(_ground, 18, 68 + 10 * Any()));
    }

    /// <param name="label">One of <see cref="Labels"/>.</param>
    /// <param name="number">Another picture for another number.</param>
    /// <returns>A JPEG.</returns>
    public static byte[] Of(string label, int number)
    {
        var picture = new StillLife(label, number);
        picture.Arrange();
        return picture._canvas.ToJpeg();
    }

    private void Arrange()
    {
        var count = _label == 2 ? 12 + _random.Next(8) : 2 + _random.Next(4);
        var places = Enumerable.Range(0, count).Select(_ => (X: 0.22f + 0.56f * Any(), Y: 0.3f + 0.46f * Any(), Size: 0.13f + 0.13f * Any()));
        foreach (var (x, y, size) in places.OrderBy(place => place.Y).ToList())
        {
            var colour = new Hsl(_hue + 18 * Any() - 9, 68, 52);
            _canvas.Shadow(x + 0.02f, y + 0.9f * (_label == 2 ? 0.4f : 0.95f) * size, 0.95f * size, 0.22f * size, new Hsl(_ground, 22, 32));
            Draw(x, y, size, colour);
        }
    }

    private void Draw(float x, float y, float size, Hsl colour)
    {
        switch (_label)
        {
            case 0: Fruit(x, y, size, colour); break;
            case 1: Leaf(x, y, size, colour); break;
            case 2: Grain(x, y, size, colour); break;
            case 3: Fish(x, y, size, colour); break;
            case 4: Nut(x, y, size, colour); break;
            default: Mushroom(x, y, size, colour); break;
        }
    }

    private void Fruit(float x, float y, float size, Hsl colour)
    {
        var lean = 0.3f * Any();
        _canvas.Form(x, y, size, (u, v) => Shape.Stroke(u, v, (0, -0.85f), (0.1f + lean, -1.3f), 0.05f), new Hsl(95, 30, 32));
        _canvas.Form(x, y, size, Shape.Circle, colour);
    }

    private void Leaf(float x, float y, float size, Hsl colour)
    {
        var angle = MathF.PI / 2 + 0.9f * (Any() - 0.5f);
        _canvas.Form(x, y, 1.25f * size, (u, v) => Lens(u, v, 0.48f), colour with { Saturation = 48, Lightness = 42 });
        _canvas.Form(x, y, 1.25f * size, (u, v) => Rib(u, v), colour with { Saturation = 34, Lightness = 66 });

        float Lens(float u, float v, float height)
        {
            var (along, across) = Shape.Turned(u, v, angle);
            return Shape.Lens(along, across, height);
        }

        float Rib(float u, float v)
        {
            var (along, across) = Shape.Turned(u, v, angle);
            return Shape.Stroke(along, across, (-0.8f, 0), (0.85f, 0), 0.018f);
        }
    }

    private void Grain(float x, float y, float size, Hsl colour)
    {
        var angle = MathF.PI * Any();
        _canvas.Form(x, y, 0.45f * size, (u, v) =>
        {
            var (along, across) = Shape.Turned(u, v, angle);
            return Shape.Ellipse(along, across, 1, 0.45f);
        }, colour with { Saturation = 58, Lightness = 64 });
    }

    private void Fish(float x, float y, float size, Hsl colour)
    {
        var (angle, body) = (0.5f * (Any() - 0.5f), colour with { Saturation = 34, Lightness = 56 });
        _canvas.Form(x, y, 1.3f * size, (u, v) =>
        {
            var (along, across) = Shape.Turned(u, v, angle);
            return MathF.Max(MathF.Abs(across) - 0.75f * (along - 0.62f), along - 1.2f);
        }, body);
        _canvas.Form(x, y, 1.3f * size, (u, v) =>
        {
            var (along, across) = Shape.Turned(u, v, angle);
            return Shape.Lens(along, across, 0.42f);
        }, body);
        var (sin, cos) = MathF.SinCos(angle);
        _canvas.Form(x - 0.78f * size * cos, y - 0.78f * size * sin - 0.08f * size, 0.07f * size, Shape.Circle, new Hsl(220, 10, 22));
    }

    private void Nut(float x, float y, float size, Hsl colour)
    {
        var angle = MathF.PI / 2 + 1.4f * (Any() - 0.5f);
        _canvas.Form(x, y, 0.95f * size, (u, v) => Drop(u, v, 1), colour with { Saturation = 48, Lightness = 40 });
        foreach (var rib in new[] { -0.22f, 0.04f, 0.28f })
        {
            _canvas.Form(x, y, 0.95f * size, (u, v) =>
            {
                var (along, across) = Shape.Turned(u, v, angle);
                return Shape.Stroke(along, across, (-0.6f, rib), (0.62f, 0.6f * rib), 0.02f);
            }, colour with { Saturation = 44, Lightness = 30 });
        }

        float Drop(float u, float v, float scale)
        {
            var (along, across) = Shape.Turned(u / scale, v / scale, angle);
            return Shape.Ellipse(along, across / (1 - 0.3f * Math.Clamp(along, -1, 1)), 1, 0.62f);
        }
    }

    private void Mushroom(float x, float y, float size, Hsl colour)
    {
        var cap = colour with { Saturation = 38, Lightness = 50 };
        _canvas.Form(x, y, 1.1f * size, (u, v) => Shape.Stroke(u, v, (0, 0), (0.02f, 0.72f), 0.24f), new Hsl(38, 30, 76));
        _canvas.Form(x, y, 1.1f * size, (u, v) => MathF.Max(Shape.Ellipse(u, v - 0.12f, 1, 0.9f), v - 0.12f), cap);
    }

    private float Any() => _random.NextSingle();
}
