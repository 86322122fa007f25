using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Search;

/// <summary>
/// The words by which a table's rows are found: labels, and the synonyms of the pipeline's file. A word stands for a label in all its spellings
/// (<see cref="LabelForm"/>). One as it is spelled comes before one that is spelled otherwise, and a label before a synonym.
/// </summary>
/// <param name="labels">Of the model in service, and those that people gave.</param>
/// <param name="synonyms">Label → other words for it.</param>
/// <param name="renamed">Names that labels had → what they are called now; each finds the other, so that a renaming may be under way.</param>
internal sealed class SearchWords(
    IReadOnlyList<string> labels, IReadOnlyDictionary<string, IReadOnlyList<string>> synonyms, IReadOnlyDictionary<string, string>? renamed = null)
{
    private readonly Dictionary<string, List<string>> _labels = Spellings(labels, renamed ?? new Dictionary<string, string>());

    private readonly Lazy<(Dictionary<string, string> Plain, Dictionary<string, string> Forms)> _synonyms = new(() =>
    {
        var (plain, forms) = (new Dictionary<string, string>(), new Dictionary<string, string>());
        foreach (var (label, words) in synonyms)
        {
            foreach (var word in words)
            {
                plain.TryAdd(PlainWord.Of(word), label);
                forms.TryAdd(LabelForm.Of(word), label);
            }
        }
        return (plain, forms);
    });

    /// <summary>The labels that a word stands for, as it is spelled first; none for a word that is neither label nor synonym.</summary>
    public IReadOnlyList<string> LabelsOf(string word)
    {
        if (_labels.TryGetValue(word, out var known)) // almost always
            return known;
        var (plain, form) = (PlainWord.Of(word), LabelForm.Of(word));
        var (synonyms, forms) = _synonyms.Value;
        return _labels.GetValueOrDefault(plain) ?? Label(synonyms.GetValueOrDefault(plain))
            ?? _labels.GetValueOrDefault(form) ?? Label(forms.GetValueOrDefault(form)) ?? [];
    }

    // Of a synonym: as the model or people spell it
    private List<string>? Label(string? label) =>
        label is null ? null : _labels.GetValueOrDefault(label) ?? _labels.GetValueOrDefault(LabelForm.Of(label)) ?? [label];

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

    // Each label and each form → all spellings, the label itself first
    private static Dictionary<string, List<string>> Spellings(IReadOnlyList<string> labels, IReadOnlyDictionary<string, string> renamed)
    {
        var index = new Dictionary<string, List<string>>();
        var names = renamed.DistinctBy(r => LabelForm.Of(r.Key)).ToDictionary(r => LabelForm.Of(r.Key), r => LabelForm.Of(r.Value));
        foreach (var (form, alike) in labels.Distinct().GroupBy(Form).Select(g => (g.Key, g.ToList())))
        {
            foreach (var label in alike)
                index[label] = alike.Count == 1 ? alike : [label, .. alike.Where(l => l != label)];
            index.TryAdd(form, alike);
        }
        foreach (var (old, name) in names)
        {
            if (index.TryGetValue(name, out var alike))
                index.TryAdd(old, alike);
        }
        return index;

        string Form(string label)
        {
            var form = LabelForm.Of(label);
            return names.GetValueOrDefault(form, form);
        }
    }
}

/// <summary>An asked keyword that the model has no label for.</summary>
/// <param name="Nearest">The label or synonym that was probably meant.</param>
internal sealed record UnknownKeyword(string Keyword, string? Nearest);
