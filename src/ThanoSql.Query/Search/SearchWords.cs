using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Search;

/// <summary>
/// The words by which a table's rows are found: labels, and the synonyms of the pipeline's file. A word as it is spelled comes before one that
/// differs in case, and a label before a synonym.
/// </summary>
/// <param name="labels">Of the model in service, and those that people gave.</param>
/// <param name="synonyms">Label → other words for it.</param>
internal sealed class SearchWords(IReadOnlyList<string> labels, IReadOnlyDictionary<string, IReadOnlyList<string>> synonyms)
{
    private readonly Dictionary<string, List<string>> _labels = Index(labels.Select(l => (l, l)), PlainWord.Of);

    private readonly Lazy<IReadOnlyList<Dictionary<string, List<string>>>> _others = new(() =>
    {
        var words = synonyms.SelectMany(s => s.Value.Select(word => (word, s.Key))).ToList();
        return [Index(words, PlainWord.Of), Index(labels.Select(l => (l, l)), PlainWord.Folded), Index(words, PlainWord.Folded)];
    });

    /// <summary>The labels that a word stands for; several where rows hold one label in several spellings, none for a word that is neither.</summary>
    public IReadOnlyList<string> LabelsOf(string word)
    {
        if (_labels.TryGetValue(word, out var known)) // almost always
            return known;
        var (plain, folded) = (PlainWord.Of(word), PlainWord.Folded(word));
        var others = _others.Value;
        return _labels.GetValueOrDefault(plain) ?? others[0].GetValueOrDefault(plain)
            ?? others[1].GetValueOrDefault(folded) ?? others[2].GetValueOrDefault(folded) ?? [];
    }

    /// <summary>The label or synonym that was probably meant.</summary>
    public string? Nearest(string word) => NearestName.Of(PlainWord.Of(word), labels.Concat(synonyms.SelectMany(s => s.Value)));

    private static Dictionary<string, List<string>> Index(IEnumerable<(string Word, string Label)> words, Func<string, string> key)
    {
        var index = new Dictionary<string, List<string>>();
        foreach (var (word, label) in words)
        {
            if (!index.TryGetValue(key(word), out var found))
                index.Add(key(word), found = []);
            if (!found.Contains(label))
                found.Add(label);
        }
        return index;
    }
}
