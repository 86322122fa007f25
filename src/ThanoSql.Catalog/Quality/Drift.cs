namespace ThanoSql.Catalog.Quality;

/// <summary>How far what is seen now lies from what was expected.</summary>
/// <param name="Distance">
/// Total variation distance of the two distributions, 0 to 1: the share of pictures that would have to move for them to be alike.
/// </param>
/// <param name="ByChance">The distance that two samples of these sizes from one distribution have on average.</param>
public sealed record Drift(double Distance, double ByChance)
{
    /// <summary>Pictures on either side below which nothing can be told.</summary>
    public const long Least = 30;

    /// <summary>Whether chance hardly explains it.</summary>
    public bool IsMarked => Distance > 2 * ByChance;

    /// <summary>
    /// Compares counts of the same classes. What chance does is the normal approximation of a difference of two binomial shares, whose mean absolute
    /// value is √(2/π) of its standard deviation.
    /// </summary>
    /// <param name="expected">How many pictures of each class there were before, at least 0.</param>
    /// <param name="seen">How many of each there are now; as many classes.</param>
    /// <returns>Null where one side has fewer than <see cref="Least"/> pictures.</returns>
    public static Drift? Of(IReadOnlyList<long> expected, IReadOnlyList<long> seen)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(seen);
        double before = expected.Sum(), now = seen.Sum();
        if (before < Least || now < Least)
            return null;
        double distance = 0, chance = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            var pooled = (expected[i] + seen[i]) / (before + now);
            distance += Math.Abs(expected[i] / before - seen[i] / now) / 2;
            chance += Math.Sqrt(2 / Math.PI * pooled * (1 - pooled) * (1 / before + 1 / now)) / 2;
        }
        return new Drift(distance, chance);
    }
}
