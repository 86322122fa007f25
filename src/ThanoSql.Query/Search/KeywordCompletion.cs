using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Search;

/// <summary>
/// Completes what somebody types to labels and synonyms: by how they begin, by the initial consonants of Korean syllables, and with one letter wrong,
/// missing, too much or swapped with its neighbour. Case and blanks aside; of a label's spellings the heaviest.
/// </summary>
/// <param name="labels">What rows are found by.</param>
/// <param name="synonyms">Label → other words for it.</param>
internal sealed class KeywordCompletion(IEnumerable<string> labels, IReadOnlyDictionary<string, IReadOnlyList<string>> synonyms)
{
    private const int LeastTyped = 3; // keys; with fewer of them, one wrong, everything is like everything

    private readonly List<Entry> _entries =
    [
        .. labels.Select(label => Entry.Of(label, label, isSynonym: false)),
        .. synonyms.SelectMany(s => s.Value.Select(word => Entry.Of(word, s.Key, isSynonym: true))),
    ];

    /// <summary>Labels, each with the word that completes what was typed; those that begin so before those that only come near.</summary>
    /// <param name="prefix">What was typed; nothing for all labels.</param>
    /// <param name="weight">Of a label: among words that fit equally well, the heaviest comes first.</param>
    public IEnumerable<(string Label, string Word)> Find(string prefix, Func<string, long> weight)
    {
        var typed = WithoutBlanks(prefix);
        var keys = HangulKeys.Of(typed);
        return _entries
            .Select(entry => (Entry: entry, Fit: entry.FitOf(typed, keys)))
            .Where(found => found.Fit < Fit.None)
            .OrderBy(found => found.Fit).ThenBy(found => found.Entry.IsSynonym).ThenByDescending(found => weight(found.Entry.Label))
            .ThenBy(found => found.Entry.Word, StringComparer.Ordinal)
            .DistinctBy(found => found.Entry.Form)
            .Select(found => (found.Entry.Label, found.Entry.Word));
    }

    private static string WithoutBlanks(string word) =>
        PlainWord.Folded(word).Replace(" ", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    // Best first
    private enum Fit
    {
        Begins,
        Initials,
        Near,
        None,
    }

    /// <param name="Word">As it is shown.</param>
    /// <param name="Form">Of the label.</param>
    /// <param name="Folded">As it is compared.</param>
    /// <param name="Keys">As it is typed.</param>
    private sealed record Entry(string Word, string Label, string Form, bool IsSynonym, string Folded, string Keys)
    {
        public static Entry Of(string word, string label, bool isSynonym)
        {
            var folded = WithoutBlanks(word);
            return new Entry(word, label, LabelForm.Of(label), isSynonym, folded, HangulKeys.Of(folded));
        }

        public Fit FitOf(string typed, string keys) =>
            Keys.StartsWith(keys, StringComparison.Ordinal) ? Fit.Begins
            : HangulKeys.HasInitials(Folded, typed) ? Fit.Initials
            : keys.Length >= LeastTyped && BeginsNear(keys) ? Fit.Near
            : Fit.None;

        // Whether some beginning of the word is one edit away: from where they part, one key is passed over in either or both, or two are swapped
        private bool BeginsNear(string keys)
        {
            var same = keys.AsSpan().CommonPrefixLength(Keys);
            var typed = keys.AsSpan(same);
            var word = Keys.AsSpan(same);
            var missing = word.Length > 0 && word[1..].StartsWith(typed);
            var tooMuch = word.StartsWith(typed[1..]);
            var wrong = word.Length > 0 && word[1..].StartsWith(typed[1..]);
            var swapped = word.Length > 1 && typed.Length > 1 && typed[0] == word[1] && typed[1] == word[0] && word[2..].StartsWith(typed[2..]);
            return missing || tooMuch || wrong || swapped;
        }
    }
}
