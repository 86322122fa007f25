namespace ThanoSql.Storage.Unicode;

/// <summary>
/// Unicode normalisation forms C and D (Unicode Standard Annex 15). <see cref="string.Normalize()"/> returns its input unchanged in
/// globalization-invariant mode, in which this program runs so that it needs no ICU library on the machine.
/// </summary>
public static class CanonicalForm
{
    /// <summary>Form C: what Linux, browsers and input methods write.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    public static string Compose(string text) => IsComposed(text) ? text : ToText(Composed(Decomposed(text)));

    /// <summary>Form KC: form C after letters that only look different (full width, ligatures, circled) became plain ones.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    internal static string ComposeCompatible(string text) =>
        IsCompatible(text) ? text : ToText(Composed(Decomposed(text, compatible: true)));

    /// <summary>Form D: what macOS writes for file names.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    public static string Decompose(string text) => IsPlain(text) ? text : ToText(Decomposed(text));

    // Nothing below U+00C0 decomposes.
    private static bool IsPlain(string text) => text.AsSpan().IndexOfAnyExceptInRange('\0', '\u00BF') < 0;

    // Nothing below U+00A0, no Hangul syllable and no CJK ideograph stands for another
    private static bool IsCompatible(string text)
    {
        foreach (var c in text)
        {
            if (c is not (< '\u00A0' or (>= '\uAC00' and <= '\uD7A3') or (>= '\u4E00' and <= '\u9FFF')))
                return false;
        }
        return true;
    }

    // Almost every text: nothing below U+0300, no Hangul syllable and no CJK ideograph joins with another of these.
    private static bool IsComposed(string text)
    {
        foreach (var c in text)
        {
            if (c is not (< '\u0300' or (>= '\uAC00' and <= '\uD7A3') or (>= '\u4E00' and <= '\u9FFF')))
                return false;
        }
        return true;
    }

    private static List<int> Decomposed(string text, bool compatible = false)
    {
        var runes = new List<int>(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
            AddDecomposed(rune.Value, compatible, runes);
        OrderMarks(runes);
        return runes;
    }

    private static void AddDecomposed(int rune, bool compatible, List<int> runes)
    {
        if (Hangul.IsSyllable(rune))
        {
            Hangul.AddJamo(rune, runes);
        }
        else if (compatible && CompatibilityData.Instance.TryDecompose(rune, out var meant))
        {
            foreach (var part in meant)
                AddDecomposed(part, compatible, runes);
        }
        else if (CanonicalData.Instance.TryDecompose(rune, out var parts))
        {
            AddDecomposed(parts.First, compatible, runes);
            if (parts.Second != 0)
                AddDecomposed(parts.Second, compatible, runes);
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

/// <summary>The canonical mappings of the Unicode character database, read once from the embedded file <c>canonical.txt</c>.</summary>
internal sealed class CanonicalData
{
    private readonly Dictionary<int, (int First, int Second)> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly Dictionary<int, byte> _classes = [];

    private CanonicalData()
    {
        using var resource = typeof(CanonicalData).Assembly.GetManifestResourceStream("canonical.txt")
            ?? throw new InvalidOperationException("The Unicode table is missing from the assembly.");
        using var reader = new StreamReader(resource);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
                Add(line.Split(' '));
        }
    }

    public static CanonicalData Instance { get; } = new();

    public bool TryDecompose(int rune, out (int First, int Second) parts) => _decompositions.TryGetValue(rune, out parts);

    public bool TryCompose(int first, int second, out int rune) => _compositions.TryGetValue((first, second), out rune);

    /// <summary>The canonical combining class; 0 for a starter.</summary>
    public byte ClassOf(int rune) => _classes.GetValueOrDefault(rune);

    private void Add(string[] fields)
    {
        if (fields[1] == "@")
        {
            var ends = fields[0].Split("..");
            for (var rune = Hex(ends[0]); rune <= Hex(ends[1]); rune++)
                _classes[rune] = byte.Parse(fields[2], CultureInfo.InvariantCulture);
            return;
        }
        var whole = Hex(fields[0]);
        var parts = (Hex(fields[2]), fields.Length > 3 ? Hex(fields[3]) : 0);
        _decompositions[whole] = parts;
        if (fields[1] == "=")
            _compositions[parts] = whole;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

/// <summary>The arithmetic between Hangul syllables and their jamo (The Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    private const int Syllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Tails = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    public static bool IsSyllable(int rune) => (uint)(rune - Syllables) < LeadCount * VowelCount * TailCount;

    public static void AddJamo(int syllable, List<int> runes)
    {
        var index = syllable - Syllables;
        runes.Add(Leads + index / (VowelCount * TailCount));
        runes.Add(Vowels + index / TailCount % VowelCount);
        if (index % TailCount != 0)
            runes.Add(Tails + index % TailCount);
    }

    /// <summary>Joins a lead and a vowel, or a syllable without a tail and a tail.</summary>
    public static bool TryJoin(int first, int second, out int syllable)
    {
        var (lead, vowel, tail) = (first - Leads, second - Vowels, second - Tails);
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            syllable = Syllables + (lead * VowelCount + vowel) * TailCount;
            return true;
        }
        syllable = first + tail;
        return IsSyllable(first) && (first - Syllables) % TailCount == 0 && tail is > 0 and < TailCount;
    }
}
