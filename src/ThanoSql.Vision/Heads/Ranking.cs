namespace ThanoSql.Vision.Heads;

/// <summary>The largest few of many scores, without sorting all of them.</summary>
internal static class Ranking
{
    /// <summary>Fills <paramref name="best"/> with the positions of the largest values, largest first; the earlier position wins a tie.</summary>
    public static void Top(ReadOnlySpan<float> values, Span<int> best)
    {
        var filled = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (filled == best.Length && (filled == 0 || values[i] <= values[best[^1]]))
                continue;
            var at = filled < best.Length ? filled++ : filled - 1;
            for (; at > 0 && values[best[at - 1]] < values[i]; at--)
                best[at] = best[at - 1];
            best[at] = i;
        }
    }
}
