using ThanoSql.Planning;

namespace ThanoSql.Trainer.Building;

/// <summary>Refuses labels that no classifier can be made of, before any image is read.</summary>
internal static class LabelCheck
{
    private const int Named = 10;

    /// <param name="labels">One for each image.</param>
    /// <param name="labelCol">For the advice.</param>
    /// <exception cref="QueryException">No image, fewer than two labels, or a label with a single image.</exception>
    public static void Run(IReadOnlyCollection<string> labels, string labelCol)
    {
        if (labels.Count == 0)
            throw new QueryException(ErrorCode.EmptySource, "The source gives no row with both an image path and a label.");
        var counts = labels.CountBy(l => l, StringComparer.Ordinal).ToList();
        if (counts.Count < 2)
        {
            throw new QueryException(
                ErrorCode.TooFewLabels, $"All images carry the one label '{counts[0].Key}': a classifier needs at least two labels.");
        }
        var single = counts.Where(c => c.Value == 1).Select(c => c.Key).Order(StringComparer.Ordinal).ToList();
        if (single.Count == 0)
            return;
        var names = string.Join(", ", single.Take(Named).Select(l => $"'{l}'")) + (single.Count > Named ? $" and {single.Count - Named} more" : "");
        throw new QueryException(
            ErrorCode.SingleImageLabel,
            $"A label needs at least two images; these have one: {names}. Add images, or leave them out of the source: " +
            $"… WHERE {labelCol} IN (SELECT {labelCol} FROM … GROUP BY {labelCol} HAVING count(*) > 1).");
    }
}
