using System.Text;

namespace ThanoSql.Language;

/// <summary>
/// Takes Hangul syllables apart into their letters, so that one wrong letter counts as one edit and macOS's decomposed names compare like any other.
/// </summary>
/// <remarks>Unicode standard, 3.12 Conjoining Jamo Behavior.</remarks>
internal static class HangulLetters
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
