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

    /// <summary>The labels that the words of a request stand for, and those that stand for none.</summary>
    public (IReadOnlyList<string> Labels, IReadOnlyList<UnknownKeyword> Unknown) Read(SearchRequest request)
    {
        var (labels, unknown) = (new List<string>(request.Keywords.Count), new List<UnknownKeyword>());
        foreach (var word in request.Keywords)
        {
            var meant = LabelsOf(word);
            if (meant.Count == 0)
                unknown.Add(new UnknownKeyword(word, Nearest(word)));
            for (var i = 0; i < (request.MatchesAll ? Math.Min(meant.Count, 1) : meant.Count); i++)
            {
                if (!labels.Contains(meant[i]))
                    labels.Add(meant[i]);
            }
        }
        return (labels, unknown);
    }

    /// <summary>Whether any row can have what the words of a request stand for.</summary>
    public static bool CanHaveHits(SearchRequest request, IReadOnlyList<string> labels, IReadOnlyList<UnknownKeyword> unknown) =>
        request.MatchesAll
            ? unknown.Count == 0 && labels.Count <= request.Rank
            : request.Keywords.Count == 0 || labels.Count > 0;

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

/// <summary>An asked keyword that the model has no label for.</summary>
/// <param name="Nearest">The label or synonym that was probably meant.</param>
internal sealed record UnknownKeyword(string Keyword, string? Nearest);
