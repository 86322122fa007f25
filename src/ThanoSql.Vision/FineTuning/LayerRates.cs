namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Layers nearer to the picture see what all photographs share, and learn slower: Howard and Ruder, "Universal Language Model Fine-tuning" (2018),
/// with one factor for each block as in Bao et al., "BEiT" (2022).
/// </summary>
internal static class LayerRates
{
    /// <param name="parameters">Of a training graph.</param>
    /// <param name="decay">Rate of a block over that of the block behind it, above 0 to 1.</param>
    /// <returns>What the rate of each parameter is multiplied by; 1 behind the last block.</returns>
    public static float[] Of(IReadOnlyList<GraphParameter> parameters, double decay)
    {
        var deepest = Deepest(parameters);
        return [.. parameters.Select(p => Of(p.Depth, deepest, decay))];
    }

    public static int Deepest(IReadOnlyList<GraphParameter> parameters) => parameters.Max(p => p.Depth);

    public static float Of(int depth, int deepest, double decay) => (float)Math.Pow(decay, deepest - depth);
}
