using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Search;

/// <summary>Counts of a label's spellings as one, under the spelling that most rows have.</summary>
internal static class LabelSpellings
{
    /// <param name="counts">Of each spelling; null, for rows without a keyword, stays apart.</param>
    /// <returns>The most frequent first; of equals the one that came first.</returns>
    public static IReadOnlyList<(string? Value, long Hits)> Merge(IReadOnlyList<(string? Value, long Hits)> counts)
    {
        var forms = counts.GroupBy(c => c.Value is null ? null : LabelForm.Of(c.Value)).ToList();
        return forms.Count == counts.Count
            ? counts
            : [.. forms.Select(f => (f.MaxBy(c => c.Hits).Value, f.Sum(c => c.Hits))).OrderByDescending(f => f.Item2)];
    }
}
