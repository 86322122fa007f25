using System.Buffers;

namespace ThanoSql.Storage.Unicode;

/// <summary>
/// By which labels are one, however people spell them: Unicode form KC, without case, blanks, underscores and what nobody sees. "사과 파이" is
/// "사과파이"; "Apple Pie", "apple_pie" and "ＡＰＰＬＥ　ＰＩＥ" are "applepie". What else tells words apart stays: accents, hyphens and other signs ("A-" is
/// not "A", "AB-1" not "AB1"), scripts that look alike, and a blank between two digits ("1 0" is not "10"). Kinds of dashes and of apostrophes are
/// one, and ß is ss. The catalog's function <c>thanosql.label_form</c> does the same in SQL.
/// </summary>
/// <remarks>Unicode Standard Annex 15 (form KC) and section 3.13 (case folding). A form is for comparing; a spelling is what is shown.</remarks>
public static class LabelForm
{
    private static readonly SearchValues<char> Unseen = SearchValues.Create(
        PlainWord.UnseenCharacters + "\u034F\u061C\u180E\u200C" + string.Concat(Enumerable.Range(0xFE00, 16).Select(c => (char)c)));

    private static readonly SearchValues<char> Dashes = SearchValues.Create("\u2010\u2012\u2013\u2014\u2015\u2212");
    private static readonly SearchValues<char> Apostrophes = SearchValues.Create("\u2018\u2019\u02BC");

    /// <param name="label">Any text.</param>
    /// <returns>Empty only for a text in which nobody sees anything.</returns>
    public static string Of(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (IsForm(label))
            return label;
        var form = Fold(CanonicalForm.ComposeCompatible(label));
        // A label of underscores alone is one, too
        return form.Length > 0 ? CanonicalForm.Compose(form) : PlainWord.Of(label);
    }

    /// <summary>Whether two texts spell one label.</summary>
    public static bool AreOne(string label, string other) => label == other || Of(label) == Of(other);

    // Almost every word that is asked for
    private static bool IsForm(string label)
    {
        foreach (var c in label)
        {
            if (c is not ((>= '!' and <= '@') or (>= '[' and <= '~') or (>= '\uAC00' and <= '\uD7A3') or (>= '\u4E00' and <= '\u9FFF')) || c == '_')
                return false;
        }
        return true;
    }

    private static string Fold(string text)
    {
        var form = new StringBuilder(text.Length);
        var blank = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsBmp && Unseen.Contains((char)rune.Value))
                continue;
            if (Rune.IsWhiteSpace(rune) || rune.Value == '_')
            {
                blank = true;
                continue;
            }
            if (blank && form.Length > 0 && char.IsAsciiDigit(form[^1]) && rune.Value is >= '0' and <= '9')
                form.Append(' ');
            blank = false;
            Append(form, rune.Value);
        }
        return form.ToString();
    }

    private static void Append(StringBuilder form, int rune)
    {
        if (rune is 'ß' or 'ẞ')
            form.Append("ss");
        else if (rune <= char.MaxValue && Dashes.Contains((char)rune))
            form.Append('-');
        else if (rune <= char.MaxValue && Apostrophes.Contains((char)rune))
            form.Append('\'');
        else
            form.Append(new Rune(CompatibilityData.Instance.Fold(rune)));
    }
}
