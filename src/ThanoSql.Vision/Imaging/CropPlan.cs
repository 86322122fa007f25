namespace ThanoSql.Vision.Imaging;

/// <summary>Resize the upright picture to Width x Height pixels, then cut the square at (Left, Top), mirrored or not.</summary>
internal readonly record struct CropPlan(int Width, int Height, int Left, int Top, bool Mirror)
{
    /// <summary>View 0: short side to <see cref="Preprocessing.ResizeSide"/>, central square.</summary>
    public static CropPlan Plain(int width, int height, Preprocessing preprocessing)
    {
        double scale = (double)preprocessing.ResizeSide / Math.Min(width, height);
        int w = Math.Max(preprocessing.InputSize, (int)Math.Round(width * scale));
        int h = Math.Max(preprocessing.InputSize, (int)Math.Round(height * scale));
        return new CropPlan(w, h, (w - preprocessing.InputSize) / 2, (h - preprocessing.InputSize) / 2, Mirror: false);
    }

    /// <summary>
    /// Views above 0: random-resized crop (area 0.35 to 1, aspect 3/4 to 4/3; Szegedy et al. 2015) and a mirror on half of them, drawn from
    /// the content and the view's number, so that every machine cuts the same.
    /// </summary>
    public static CropPlan Augmented(int width, int height, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view)
    {
        var random = new SplitMix64(contentHash, view);
        int size = preprocessing.InputSize;
        bool mirror = random.NextDouble() < 0.5;
        for (int attempt = 0; attempt < 10; attempt++)
        {
            double area = (0.35 + 0.65 * random.NextDouble()) * width * height;
            double aspect = Math.Exp((2 * random.NextDouble() - 1) * Math.Log(4.0 / 3.0));
            double w = Math.Sqrt(area * aspect), h = Math.Sqrt(area / aspect);
            if (w > width || h > height)
                continue;
            int fullWidth = (int)Math.Round(width * size / w), fullHeight = (int)Math.Round(height * size / h);
            int left = (int)(random.NextDouble() * (fullWidth - size + 1)), top = (int)(random.NextDouble() * (fullHeight - size + 1));
            return new CropPlan(Math.Max(size, fullWidth), Math.Max(size, fullHeight), left, top, mirror);
        }
        return Plain(width, height, preprocessing) with { Mirror = mirror };
    }
}
