using System.Text.Unicode;

namespace ThanoSql.Query.Copying;

/// <summary>Tells the encoding of a file of text, and reads it as UTF-8.</summary>
internal static class TextEncoding
{
    private const int Korean = 949; // Microsoft's code page, of which EUC-KR is a part

    static TextEncoding() => System.Text.Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <param name="name">Of the file, for messages.</param>
    /// <param name="bytes">The whole file.</param>
    /// <param name="asked">The encoding's name, or null to recognise it.</param>
    /// <param name="note">What it was taken for where nobody said so; null for UTF-8.</param>
    /// <exception cref="QueryException">It is none of those that are recognised, or not what was asked for.</exception>
    public static byte[] ToUtf8(string name, byte[] bytes, string? asked, out string? note)
    {
        note = null;
        if (asked is not null)
            return Convert(bytes, Named(asked)) ?? throw NotThat(name, asked);
        if (Utf16Of(bytes) is { } utf16 && Convert(bytes, utf16) is { } wide)
        {
            note = $"{name} is UTF-16.";
            return wide;
        }
        if (Utf8.IsValid(bytes))
            return bytes;
        if (Convert(bytes, Strict(System.Text.Encoding.GetEncoding(Korean))) is { } korean && HasHangul(korean))
        {
            note = $"{name} is CP949 (EUC-KR), as Korean Excel saves it.";
            return korean;
        }
        throw new QueryException(
            ErrorCode.BadRequest, $"{name} is not UTF-8, UTF-16 or CP949.",
            hint: "Say what it is: OPTIONS (encoding='latin1'), or save it as UTF-8.");
    }

    // By its mark; without one, by the zeros of the header's plain letters
    private static UnicodeEncoding? Utf16Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || bytes.Length % 2 != 0)
            return null;
        if (bytes is [0xFF, 0xFE, ..] || bytes is [not 0, 0, not 0, 0, ..])
            return new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true);
        return bytes is [0xFE, 0xFF, ..] || bytes is [0, not 0, 0, not 0, ..]
            ? new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true)
            : null;
    }

    private static byte[]? Convert(byte[] bytes, System.Text.Encoding from)
    {
        try
        {
            return System.Text.Encoding.Convert(from, System.Text.Encoding.UTF8, bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static System.Text.Encoding Named(string name)
    {
        try
        {
            // Names that Python has and .NET has not
            return Strict(name.Replace('_', '-').ToUpperInvariant() switch
            {
                "CP949" or "UHC" or "MS949" or "EUC-KR" or "EUCKR" => System.Text.Encoding.GetEncoding(Korean),
                "UTF8" or "UTF-8-SIG" => System.Text.Encoding.UTF8,
                "UTF16" => System.Text.Encoding.Unicode,
                "LATIN1" or "LATIN-1" => System.Text.Encoding.Latin1,
                var other => System.Text.Encoding.GetEncoding(other),
            });
        }
        catch (ArgumentException unknown)
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"There is no encoding '{name}'.",
                hint: "For example: utf-8, utf-16, cp949, shift_jis, latin1.", inner: unknown);
        }
    }

    private static System.Text.Encoding Strict(System.Text.Encoding encoding) =>
        System.Text.Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    private static bool HasHangul(byte[] utf8) => System.Text.Encoding.UTF8.GetString(utf8).Any(c => c is >= '가' and <= '힣');

    private static QueryException NotThat(string name, string asked) =>
        new(ErrorCode.BadRequest, $"{name} is not {asked}.", hint: "Leave encoding out: UTF-8, UTF-16 and CP949 are recognised.");
}
