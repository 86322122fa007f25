namespace ThanoSql.Language;

/// <summary>The name that somebody probably meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The candidate with the smallest edit distance to <paramref name="name"/> (insert, delete, replace or swap neighbours; case and Unicode form
    /// aside),
    /// the first of several; null when none is near: more than a third of the longer name would have to change. A Hangul syllable counts by its
    /// letters,
    /// so 사가파이 is near 사과파이.
    /// </summary>
    /// <remarks>Optimal string alignment distance: Damerau 1964, without edits inside a swap.</remarks>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);

        var letters = Letters(name);
        string? nearest = null;
        var smallest = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var others = Letters(candidate);
            var allowed = Math.Max(1, Math.Max(letters.Length, others.Length) / 3);
            if (Math.Abs(letters.Length - others.Length) > allowed)
                continue;
            var distance = Distance(letters, others);
            if (distance <= allowed && distance < smallest)
                (nearest, smallest) = (candidate, distance);
        }
        return nearest;
    }

    private static string Letters(string name) => HangulLetters.Decompose(name).ToUpperInvariant();

    private static int Distance(string a, string b)
    {
        var beforePrevious = new int[b.Length + 1];
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            previous[j] = j;

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, 1 + Math.Min(previous[j], current[j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    current[j] = Math.Min(current[j], beforePrevious[j - 2] + 1);
            }
            (beforePrevious, previous, current) = (previous, current, beforePrevious);
        }
        return previous[b.Length];
    }
}
