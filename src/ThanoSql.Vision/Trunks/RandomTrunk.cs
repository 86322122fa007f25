namespace ThanoSql.Vision.Trunks;

/// <summary>
/// Seeded random weights: a stand-in where no trained ones are, and for tests and benchmarks. Its embeddings tell colours and coarse
/// textures apart and nothing more; whoever uses it says so.
/// </summary>
public static class RandomTrunk
{
    public const string Description = "random stand-in";

    /// <summary>A safetensors file (float16, timm's names), the same bytes for the same seed.</summary>
    public static byte[] Create(ConvNeXtVariant variant, ulong seed)
    {
        var random = new SplitMix64(seed);
        var file = new SafeTensorsWriter();
        int width = variant.Widths[0];
        Affine(file, ref random, "stem.0", width, 3, 4, 4);
        Norm(file, "stem.1", width);
        for (int stage = 0; stage < 4; stage++)
        {
            if (stage > 0)
            {
                Norm(file, $"stages.{stage}.downsample.0", width);
                Affine(file, ref random, $"stages.{stage}.downsample.1", variant.Widths[stage], width, 2, 2);
            }
            width = variant.Widths[stage];
            for (int block = 0; block < variant.Depths[stage]; block++)
                Block(file, ref random, $"stages.{stage}.blocks.{block}", width);
        }
        Norm(file, "head.norm", width);
        return file.ToBytes(new Dictionary<string, string>
        {
            ["description"] = $"{variant.AlgorithmName}, {Description}",
            ["seed"] = seed.ToString(CultureInfo.InvariantCulture),
        });
    }

    private static void Block(SafeTensorsWriter file, ref SplitMix64 random, string name, int width)
    {
        file.Add($"{name}.gamma", Constant(width, 0.5f), width);
        Affine(file, ref random, $"{name}.conv_dw", width, 1, 7, 7);
        Norm(file, $"{name}.norm", width);
        Affine(file, ref random, $"{name}.mlp.fc1", 4 * width, width);
        Affine(file, ref random, $"{name}.mlp.fc2", width, 4 * width);
    }

    // variance 1 / fan-in keeps the signal's size through the layers
    private static void Affine(SafeTensorsWriter file, ref SplitMix64 random, string name, params int[] shape)
    {
        var weight = new float[shape.Aggregate(1, (a, b) => a * b)];
        double deviation = 1 / Math.Sqrt((double)weight.Length / shape[0]);
        foreach (ref var value in weight.AsSpan())
            value = (float)(deviation * random.NextNormal());
        file.Add($"{name}.weight", weight, shape);
        file.Add($"{name}.bias", new float[shape[0]], shape[0]);
    }

    private static void Norm(SafeTensorsWriter file, string name, int width)
    {
        file.Add($"{name}.weight", Constant(width, 1f), width);
        file.Add($"{name}.bias", new float[width], width);
    }

    private static float[] Constant(int length, float value)
    {
        var values = new float[length];
        Array.Fill(values, value);
        return values;
    }
}
