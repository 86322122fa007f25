using System.Text.Encodings.Web;

namespace ThanoSql.Query.Results;

/// <summary>
/// Bytes that a value takes in a reply, where it stands in a JSON text that is itself a string of JSON: a quote takes four, a control character up to
/// seven.
/// </summary>
internal static class EncodedSize
{
    private const int Least = 16; // what a short value takes in memory anyhow
    private const int Quotes = 4;

    private static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>Of NULL, and of the punctuation of a row.</summary>
    public const int Nothing = 8;

    /// <param name="utf8">As PostgreSQL wrote it.</param>
    /// <param name="shape">How it is written.</param>
    public static long Of(ReadOnlySpan<byte> utf8, JsonShape shape) => Math.Max(Least, shape switch
    {
        JsonShape.Json => Escaped(utf8, times: 1),
        JsonShape.Array => Escaped(utf8, times: 2) + (long)Quotes * (1 + utf8.Count((byte)',')),
        _ => Escaped(utf8, times: 2) + Quotes,
    });

    private static long Escaped(ReadOnlySpan<byte> utf8, int times)
    {
        var plain = Encoder.FindFirstCharacterToEncodeUtf8(utf8);
        if (plain < 0)
            return utf8.Length;
        long size = plain;
        Span<byte> escaped = stackalloc byte[1024];
        for (utf8 = utf8[plain..]; !utf8.IsEmpty;)
        {
            Encoder.EncodeUtf8(utf8, escaped, out var consumed, out var written);
            if (consumed == 0)
                return size + utf8.Length; // no UTF-8 at its very end
            utf8 = utf8[consumed..];
            size += written;
            if (times > 1)
                size += escaped[..written].Count((byte)'\\') + escaped[..written].Count((byte)'"');
        }
        return size;
    }
}
