namespace ThanoSql.Fuzz.Statements;

/// <summary>Spoils a statement: tokens and characters out of place, nesting, sizes and Unicode that nobody would write.</summary>
internal static class TextMutator
{
    private const int Longest = 300_000;

    private static readonly string[] Odd =
        ["\0", "\uD83C", "\uDF4E", "\uFEFF", "\u202E", "\u200D", "\u0301", "😀", "ｓｅｌｅｃｔ", "\u00A0", "\u2028",
            "İ", "ß", "\uFFFF", "\u0085", "﹙", "’", "‘", "“", "”", "\u3000", "\u200B", "\u00AD", "（", "）", "，", "＝", "；", "＊", "／", "－", "–", "≤",
            "＇", "＂", "＄", "\u3164"];

    private static readonly string[] Pieces =
        ["(", ")", "[", "]", "{", "}", ",", ".", ";", "=", "'", "\"", "\\", "$", "$$", "$a$", "--", "/*", "*/", "#", "\n", "\r", "\t", "-", "::",
            "E'", "U&\"", "U&'", "N'", "B'", "X'", "$1", ":x", "?", "@", "PREDICT USING m AS ", "SELECT ", " AS ", " FROM ", "OPTIONS (", " USING ",
            "WITH a AS (", "0x", "1e", ".5", "1_000", "None", "\u0001"];

    private static readonly (string Open, string Close)[] Nests =
        [("(", ")"), ("SELECT (", ")"), ("[", "]"), ("PREDICT USING fuzz_model AS (", ")"), ("/*", "*/"), ("WITH a AS (", ") SELECT 1"), ("'", "'"),
            ("SELECT * FROM (", ") x"), ("$a$", "$a$"), ("CASE WHEN true THEN ", " END"), ("NOT ", ""), ("OPTIONS (a=[", "])")];

    public static string Mutate(string text, Random random)
    {
        for (var changes = random.Next(4); changes > 0; changes--)
            text = Change(text, random);
        return random.Next(400) == 0 ? Enlarge(text, random) : text;
    }

    private static string Change(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        var length = random.Next(Math.Min(text.Length - at, 40) + 1);
        return random.Next(11) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, text.Substring(at, length)),
            2 => text.Insert(at, Odd[random.Next(Odd.Length)]),
            3 or 4 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
            5 => text[..at],
            6 => text.Insert(at, ((char)random.Next(char.MaxValue + 1)).ToString()),
            7 => at < text.Length ? text.Remove(at, 1).Insert(at, ((char)random.Next(32, 127)).ToString()) : text,
            8 => text.Remove(at, length).Insert(random.Next(text.Length - length + 1), text.Substring(at, length)),
            9 => Nest(text, random.Next(1, 8), random),
            10 when random.Next(2) == 0 => text.ToUpperInvariant(),
            _ => text.Replace(" ", Pieces[random.Next(Pieces.Length)], StringComparison.Ordinal),
        };
    }

    // Deep, or long
    private static string Enlarge(string text, Random random)
    {
        if (random.Next(2) == 0)
            return Nest(text, 1 << random.Next(4, 15), random);
        var piece = random.Next(3) switch
        {
            0 => Pieces[random.Next(Pieces.Length)],
            1 => Odd[random.Next(Odd.Length)],
            _ => text.Length == 0 ? "(" : text,
        };
        var times = Math.Max(1, Math.Min(1 << random.Next(6, 18), Longest / piece.Length));
        var many = new StringBuilder(piece.Length * times).Insert(0, piece, times).ToString();
        return random.Next(2) == 0 ? many : text.Insert(random.Next(text.Length + 1), many);
    }

    private static string Nest(string text, int depth, Random random)
    {
        var (open, close) = Nests[random.Next(Nests.Length)];
        depth = Math.Min(depth, Longest / (open.Length + close.Length + 1));
        var closed = random.Next(4) > 0;
        var nested = new StringBuilder().Insert(0, open, depth).Append(text);
        return nested.Insert(nested.Length, close, closed ? depth : 0).ToString();
    }
}
