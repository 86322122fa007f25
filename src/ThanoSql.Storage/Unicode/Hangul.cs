namespace ThanoSql.Storage.Unicode;

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
