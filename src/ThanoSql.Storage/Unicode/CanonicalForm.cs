using System.Text;

namespace ThanoSql.Storage.Unicode;

/// <summary>
/// Unicode normalisation forms C and D (Unicode Standard Annex 15). <see cref="string.Normalize()"/> returns its input unchanged in
/// globalization-invariant mode, in which this program runs so that it needs no ICU library on the machine.
/// </summary>
public static class CanonicalForm
{
    /// <summary>Form C: what Linux, browsers and input methods write.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    public static string Compose(string text) => IsPlain(text) ? text : ToText(Composed(Decomposed(text)));

    /// <summary>Form D: what macOS writes for file names.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    public static string Decompose(string text) => IsPlain(text) ? text : ToText(Decomposed(text));

    // Nothing below U+00C0 decomposes.
    private static bool IsPlain(string text) => text.AsSpan().IndexOfAnyExceptInRange('\0', '\u00BF') < 0;

    private static List<int> Decomposed(string text)
    {
        var runes = new List<int>(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
            AddDecomposed(rune.Value, runes);
        OrderMarks(runes);
        return runes;
    }

    private static void AddDecomposed(int rune, List<int> runes)
    {
        if (Hangul.IsSyllable(rune))
        {
            Hangul.AddJamo(rune, runes);
        }
        else if (CanonicalData.Instance.TryDecompose(rune, out var parts))
        {
            AddDecomposed(parts.First, runes);
            if (parts.Second != 0)
                AddDecomposed(parts.Second, runes);
        }
        else
        {
            runes.Add(rune);
        }
    }

    // The Canonical Ordering Algorithm: a stable sort of each run of marks by combining class.
    private static void OrderMarks(List<int> runes)
    {
        for (var i = 1; i < runes.Count; i++)
        {
            var mark = runes[i];
            var order = CanonicalData.Instance.ClassOf(mark);
            var to = i;
            while (order != 0 && to > 0 && CanonicalData.Instance.ClassOf(runes[to - 1]) > order)
            {
                runes[to] = runes[to - 1];
                to--;
            }
            runes[to] = mark;
        }
    }

    // The Canonical Composition Algorithm: each character joins the last starter unless a mark of the same or a higher class lies between.
    private static List<int> Composed(List<int> runes)
    {
        var result = new List<int>(runes.Count);
        var starter = -1;
        var lastClass = 0;
        foreach (var rune in runes)
        {
            var order = CanonicalData.Instance.ClassOf(rune);
            var adjacent = starter == result.Count - 1;
            if (starter >= 0 && (adjacent || lastClass < order) && TryJoin(result[starter], rune, out var joined))
            {
                result[starter] = joined;
                continue;
            }
            if (order == 0)
                starter = result.Count;
            lastClass = order;
            result.Add(rune);
        }
        return result;
    }

    private static bool TryJoin(int first, int second, out int joined) =>
        Hangul.TryJoin(first, second, out joined) || CanonicalData.Instance.TryCompose(first, second, out joined);

    private static string ToText(List<int> runes)
    {
        var text = new StringBuilder(runes.Count);
        Span<char> units = stackalloc char[2];
        foreach (var rune in runes)
            text.Append(units[..new Rune(rune).EncodeToUtf16(units)]);
        return text.ToString();
    }
}
