using System.Text;

namespace ThanoSql.Language;

/// <summary>The name that somebody probably meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The candidate with the smallest edit distance to <paramref name="name"/> (insert, delete, replace or swap neighbours; case and Unicode form
    /// aside), the first of several; null when none is near: more than a third of the longer name would have to change. A Hangul syllable counts by
    /// its letters, so 사가파이 is near 사과파이.
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

/// <summary>
/// Takes Hangul syllables apart into their letters, so that one wrong letter counts as one edit and macOS's decomposed names compare like any other.
/// </summary>
/// <remarks>Unicode standard, 3.12 Conjoining Jamo Behavior.</remarks>
file static class HangulLetters
{
    private const int FirstSyllable = 0xAC00;
    private const int LastSyllable = 0xD7A3;
    private const int Leads = 0x1100;
    private const int Vowels = 0x1161;
    private const int Tails = 0x11A7;
    private const int VowelCount = 21;
    private const int TailCount = 28;

    public static string Decompose(string text)
    {
        var letters = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is < (char)FirstSyllable or > (char)LastSyllable)
            {
                letters.Append(c);
                continue;
            }
            var index = c - FirstSyllable;
            letters.Append((char)(Leads + index / (VowelCount * TailCount)));
            letters.Append((char)(Vowels + index / TailCount % VowelCount));
            if (index % TailCount > 0)
                letters.Append((char)(Tails + index % TailCount));
        }
        return letters.ToString();
    }
}
