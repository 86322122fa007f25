namespace ThanoSql.Storage;

/// <summary>Compares strings by their UTF-8 bytes, the order in which S3 lists keys; UTF-16 differs above U+D7FF.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var common = x.AsSpan().CommonPrefixLength(y);
        var (left, right) = (Unit(x, common), Unit(y, common));
        var surrogates = (IsSurrogate(left), IsSurrogate(right));
        return surrogates switch
        {
            (true, false) => 1,
            (false, true) => -1,
            _ => left.CompareTo(right),
        };
    }

    private static int Unit(string? text, int index) => index < (text?.Length ?? 0) ? text![index] : -1;

    private static bool IsSurrogate(int unit) => unit is >= 0xD800 and <= 0xDFFF;
}
