namespace ThanoSql.Query.Search;

/// <summary>
/// Korean as it is typed, key by key: 삭 is ㅅㅏㄱ, with which 사과 (ㅅㅏㄱㅗㅏ) begins, so a syllable that an input method has not completed
/// finds what it will become. Letters that take two keys are two: ㅘ is ㅗㅏ, ㄳ is ㄱㅅ; doubled consonants are a key of their own.
/// </summary>
/// <remarks>Unicode standard, 3.12 Conjoining Jamo Behavior, and the block Hangul Compatibility Jamo.</remarks>
internal static class HangulKeys
{
    private const string Leads = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
    private const int VowelCount = 21;
    private const int TailCount = 28;

    private static readonly string[] Vowels =
    [
        "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ", "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ",
    ];

    private static readonly string[] Tails =
    [
        "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ",
        "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
    ];

    // Letters that stand alone while they are typed: each with its two keys
    private static readonly Dictionary<char, string> Alone =
        "ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ ㅘㅗㅏ ㅙㅗㅐ ㅚㅗㅣ ㅝㅜㅓ ㅞㅜㅔ ㅟㅜㅣ ㅢㅡㅣ"
            .Split(' ').ToDictionary(letter => letter[0], letter => letter[1..]);

    /// <summary>The keys of a text in Unicode form C; what is not Korean stays.</summary>
    public static string Of(string text)
    {
        var keys = new StringBuilder(text.Length * 3);
        foreach (var c in text)
        {
            if (IsSyllable(c))
                keys.Append(LeadOf(c)).Append(Vowels[(c - '가') / TailCount % VowelCount]).Append(Tails[(c - '가') % TailCount]);
            else
                keys.Append(Letters(c));
        }
        return keys.ToString();
    }

    /// <summary>Whether a word begins as the pattern does, in which a consonant stands for any syllable that begins with it: ㅅㄱ for 사과.</summary>
    public static bool HasInitials(string word, string pattern)
    {
        var at = 0;
        foreach (var c in pattern.SelectMany(Letters))
        {
            if (at == word.Length)
                return false;
            var letter = word[at++];
            if (c != letter && !(IsSyllable(letter) && LeadOf(letter) == c))
                return false;
        }
        return true;
    }

    private static bool IsSyllable(char c) => c is >= '가' and <= '힣';

    private static char LeadOf(char syllable) => Leads[(syllable - '가') / (VowelCount * TailCount)];

    // Conjoining letters, which decomposed text leaves where no syllable came about, are those of a keyboard as well
    private static string Letters(char c) => c switch
    {
        >= '\u1100' and <= '\u1112' => Leads[c - '\u1100'].ToString(),
        >= '\u1161' and <= '\u1175' => Vowels[c - '\u1161'],
        >= '\u11A8' and <= '\u11C2' => Tails[c - '\u11A7'],
        _ => Alone.GetValueOrDefault(c) ?? c.ToString(),
    };
}
