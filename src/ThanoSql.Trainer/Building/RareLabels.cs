namespace ThanoSql.Trainer.Building;

/// <summary>
/// Leaves out labels that are too rare to learn: one of a spelling that nobody uses any more must not stop a training. What a person said of a
/// picture stays so in the index.
/// </summary>
internal static class RareLabels
{
    private const int Named = 10;

    /// <param name="labels">One for each image.</param>
    /// <param name="labelCol">For the advice.</param>
    /// <param name="all">Whether each must be learned.</param>
    /// <returns>Labels with a single image.</returns>
    /// <exception cref="QueryException">What is left is no image, or fewer than two labels.</exception>
    public static Dictionary<string, int> Of(IReadOnlyCollection<string> labels, string labelCol, bool all)
    {
        if (labels.Count == 0)
            throw new QueryException(ErrorCode.EmptySource, "The source gives no row with both an image path and a label.");
        var counts = labels.CountBy(l => l, StringComparer.Ordinal).ToList();
        if (counts.Count < 2)
        {
            throw new QueryException(
                ErrorCode.TooFewLabels, $"All images carry the one label '{counts[0].Key}': a classifier needs at least two labels.");
        }
        var rare = counts.Where(c => c.Value == 1).ToDictionary(StringComparer.Ordinal);
        if (rare.Count == 0 || (!all && counts.Count - rare.Count >= 2))
            return rare;
        throw new QueryException(
            ErrorCode.SingleImageLabel,
            $"A label needs at least two images; these have one: {Names(rare)}. Add images, or leave them out of the source: " +
            $"… WHERE {labelCol} IN (SELECT {labelCol} FROM … GROUP BY {labelCol} HAVING count(*) > 1).");
    }

    /// <param name="leftOut">Empty for none.</param>
    /// <param name="why">Behind "left out".</param>
    /// <param name="session">Hears of it.</param>
    public static void Say(IReadOnlyDictionary<string, int> leftOut, string why, RunSession session)
    {
        if (leftOut.Count > 0)
            session.Say($"{leftOut.Count} label(s) with {leftOut.Values.Sum()} image(s) are left out, {why}: {Names(leftOut)}.");
    }

    /// <summary>Nothing is left to learn, or not all that must be learned.</summary>
    public static QueryException AllHeldOut(IReadOnlyDictionary<string, int> judged) => new(
        ErrorCode.TooFewLabels,
        $"All images of {Names(judged)} are held out to judge versions, and stay so: none is left to learn from. Add images of these labels.");

    private static string Names(IReadOnlyDictionary<string, int> labels) =>
        string.Join(", ", labels.Keys.Order(StringComparer.Ordinal).Take(Named).Select(l => $"'{l}'"))
        + (labels.Count > Named ? $" and {labels.Count - Named} more" : "");
}
