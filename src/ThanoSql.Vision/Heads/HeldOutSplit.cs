namespace ThanoSql.Vision.Heads;

/// <summary>
/// Which contents judge every version of a model instead of training it. A content's own hash decides, so the answer does not change when
/// rows are added; two corrections keep labels usable, and the caller's memory of earlier answers makes them lasting.
/// </summary>
public static class HeldOutSplit
{
    /// <summary>
    /// True for held-out contents. A label keeps at least one content for training, and gives at least one away once it has 1 /
    /// <paramref name="fraction"/>.
    /// </summary>
    /// <param name="rows">Content and label of each row. Copies of one content share one answer.</param>
    /// <param name="fraction">Share to hold out, above 0 and below 1.</param>
    /// <param name="known">Earlier answers, never changed; null when there are none.</param>
    public static IReadOnlyDictionary<string, bool> Assign(
        IEnumerable<(string ContentHash, string Label)> rows, double fraction = 0.2, IReadOnlyDictionary<string, bool>? known = null)
    {
        if (fraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The held-out share must lie above 0 and below 1.");
        var answers = new Dictionary<string, bool>(StringComparer.Ordinal);
        var labels = rows.GroupBy(r => r.Label, r => r.ContentHash, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        foreach (var label in labels)
        {
            string[] contents = [.. label.Distinct(StringComparer.Ordinal).OrderBy(Position).ThenBy(c => c, StringComparer.Ordinal)];
            // What another label or an earlier call has decided stays.
            string[] free = [.. contents.Where(c => !answers.ContainsKey(c) && known?.ContainsKey(c) != true)];
            foreach (var content in contents)
                answers.TryAdd(content, known is not null && known.TryGetValue(content, out var before) ? before : Position(content) < fraction);
            if (free.Length == 0)
                continue;
            if (contents.All(c => answers[c]))
                answers[free[^1]] = false;
            else if (contents.Length * fraction >= 1 && contents.Length > 1 && !contents.Any(c => answers[c]))
                answers[free[0]] = true;
        }
        return answers;
    }

    /// <summary>A uniform number in [0, 1) that depends on the content alone.</summary>
    private static double Position(string contentHash) =>
        (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(contentHash))) >> 11) * (1.0 / (1UL << 53));
}
