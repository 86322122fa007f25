using ThanoSql.Catalog.Models;

namespace ThanoSql.Query.Models;

/// <summary>A part of a confusion matrix that fits on a page, or all of it.</summary>
/// <param name="Labels">Of its rows and columns, in their order.</param>
/// <param name="Cells">[label that a picture carries][answer]: pictures.</param>
/// <param name="Whole">Whether these are all labels.</param>
public sealed record ConfusionMap(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Cells, bool Whole)
{
    /// <summary>Labels that a map shows at most, unless it is whole.</summary>
    public const int Shown = 12;

    /// <summary>So many labels are shown as a whole.</summary>
    public const int MostWhole = 16;

    private const int MostPairs = 60;

    /// <summary>All labels where they fit; else those that are mixed up most, or those around one of them.</summary>
    /// <param name="metrics">Of a version.</param>
    /// <param name="around">This label and those that it is mixed up with; null or unknown for the most mixed up of all.</param>
    public static ConfusionMap Of(VersionMetrics metrics, string? around)
    {
        var matrix = metrics.Confusion;
        if (matrix.Count <= MostWhole)
            return Part(metrics, [.. Enumerable.Range(0, matrix.Count)], whole: true);
        var centre = Position(metrics, around);
        var weights = centre is { } c
            ? Enumerable.Range(0, matrix.Count).Select(k => k == c ? int.MaxValue : matrix[c][k] + matrix[k][c])
            : Mixed(matrix);
        var most = weights.Select((weight, k) => (weight, k)).OrderByDescending(w => w.weight).ThenBy(w => w.k).Take(Shown).Select(w => w.k);
        return Part(metrics, [.. centre is null ? most.Order() : most], whole: false);
    }

    /// <summary>What is taken for something else most often, the most frequent first; empty where all of it is seen in the map.</summary>
    public static IReadOnlyList<ConfusedPair> PairsOf(VersionMetrics metrics)
    {
        if (metrics.Confusion.Count <= MostWhole)
            return [];
        var pairs =
            from label in Enumerable.Range(0, metrics.Confusion.Count)
            from answer in Enumerable.Range(0, metrics.Confusion.Count)
            where label != answer && metrics.Confusion[label][answer] > 0
            orderby metrics.Confusion[label][answer] descending, label, answer
            select new ConfusedPair(metrics.Labels[label].Label, metrics.Labels[answer].Label, metrics.Confusion[label][answer]);
        return [.. pairs.Take(MostPairs)];
    }

    private static ConfusionMap Part(VersionMetrics metrics, int[] which, bool whole) => new(
        [.. which.Select(k => metrics.Labels[k].Label)],
        [.. which.Select(row => (IReadOnlyList<int>)[.. which.Select(column => metrics.Confusion[row][column])])], whole);

    private static int? Position(VersionMetrics metrics, string? label)
    {
        for (var k = 0; label is not null && k < metrics.Labels.Count; k++)
        {
            if (metrics.Labels[k].Label == label)
                return k;
        }
        return null;
    }

    // Wrong answers about each label and with it
    private static int[] Mixed(IReadOnlyList<IReadOnlyList<int>> matrix)
    {
        var mixed = new int[matrix.Count];
        for (var row = 0; row < matrix.Count; row++)
        {
            for (var column = 0; column < matrix.Count; column++)
            {
                if (row == column)
                    continue;
                mixed[row] += matrix[row][column];
                mixed[column] += matrix[row][column];
            }
        }
        return mixed;
    }
}

/// <summary>A label that is taken for another.</summary>
/// <param name="Label">What the pictures carry.</param>
/// <param name="Answer">What the model says.</param>
/// <param name="Pictures">1 and above.</param>
public sealed record ConfusedPair(string Label, string Answer, int Pictures);
